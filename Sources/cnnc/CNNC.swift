import ArgumentParser
import CNNSpec

/// The command `cnnc`.
@main
struct CNNC: ParsableCommand {
  static let version = "0.1.0"

  static let configuration = CommandConfiguration(
    commandName: "cnnc",
    abstract: "Convolutional networks described in a few lines: checked, compiled, run.",
    version: version,
    subcommands: [
      CheckCommand.self, PlanCommand.self, RunCommand.self, EvalCommand.self, KindsCommand.self,
      ExplainCommand.self, SchemaCommand.self,
    ])

  static func main() {
    Interrupts.install()
    let arguments = Array(CommandLine.arguments.dropFirst())
    let names = configuration.subcommands.compactMap { $0.configuration.commandName }
    if let first = arguments.first, !first.hasPrefix("-"), !(names + ["help"]).contains(first) {
      Console.error("error: there is no command `\(first)`")
      for line in Nearest.help(first, among: names) { Console.error("  help: \(line)") }
      exit(withStatus: .usage)
    }
    do {
      var command = try parseAsRoot(arguments)
      try command.run()
    } catch let findings as Diagnostics {
      Console.report(findings.all)
      exit(withStatus: .wrongInput)
    } catch let status as ExitStatus {
      exit(withStatus: status)
    } catch {
      exit(withError: error)
    }
  }
}
