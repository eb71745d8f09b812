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
      CheckCommand.self, PlanCommand.self, RunCommand.self, TrainCommand.self, EvalCommand.self,
      BenchCommand.self, EmitCommand.self, ImportCommand.self, ExportCommand.self, KindsCommand.self,
      ExplainCommand.self,
      SchemaCommand.self,
    ])

  static func main() {
    Console.openStandardStreams()
    Interrupts.install()
    let arguments = Array(CommandLine.arguments.dropFirst())
    let names = configuration.subcommands.compactMap { $0.configuration.commandName }
    if let first = arguments.first, !first.hasPrefix("-"), !(names + ["help"]).contains(first) {
      Console.error("error: there is no command `\(first)`")
      for line in Nearest.help(first, among: names) { Console.error("  help: \(line)") }
      quit(.usage)
    }
    let options = ["--version", "--help"]
    if let first = arguments.first, !options.contains(first), first.hasPrefix("--"),
      let nearest = Nearest.match(first, among: options)
    {
      Console.error("error: there is no option `\(first)`\n  help: did you mean `\(nearest)`?")
      quit(.usage)
    }
    do {
      var command = try parseAsRoot(arguments)
      try command.run()
    } catch let findings as Diagnostics {
      Console.report(findings.all)
      quit(.wrongInput)
    } catch let status as ExitStatus {
      quit(status)
    } catch {
      exit(withError: error)
    }
  }
}
