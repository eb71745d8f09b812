import ArgumentParser
import CNN
import CNNSpec

struct ExplainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain", abstract: "Explain a diagnostic's code; without one, list all codes.")

  @Argument(help: "A code, as in `error[window-does-not-fit]`.")
  var code: String?

  func run() throws {
    guard let name = code else {
      Console.print(DiagnosticCode.allCases.map(\.rawValue).joined(separator: "\n"))
      return
    }
    guard let code = DiagnosticCode(rawValue: name) else {
      Console.error("error: there is no diagnostic `\(name)`")
      let codes = DiagnosticCode.allCases.map(\.rawValue)
      Console.error(
        "  help: \(Nearest.match(name, among: codes).map { "did you mean `\($0)`?" } ?? "`cnnc explain` lists all codes")"
      )
      throw ExitStatus.usage
    }
    Console.print("\(code.rawValue)\n\n\(code.explanation)")
  }
}
