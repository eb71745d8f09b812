import ArgumentParser
import CNN
import CNNGraph
import CNNPasses
import CNNPlan
import CNNSpec

struct CheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Check specs: every shape, parameter and multiplication.",
    usage: "cnnc check SPEC... [OPTIONS]",
    discussion: "Exit code 1 if a spec is wrong; a family is right if any of its members is.")

  @Argument(help: "Files, names of shipped specs, or `-` for standard input.")
  var specs: [String]

  @Option(help: "Images of one run, for the arena's bytes.")
  var batch = 1

  @OptionGroup var common: CommonOptions

  func validate() throws {
    if specs.isEmpty { throw ValidationError("name a spec") }
    if batch < 1 { throw ValidationError("a batch has at least one image") }
  }

  func run() throws {
    var documents: [JSONValue] = []
    var isOK = true
    for (index, name) in specs.enumerated() {
      var report: SpecReport
      do throws(Diagnostics) {
        report = try SpecLoader.source(name).report(where: common.values.values)
      } catch {
        report = SpecReport(name: name)
        report.diagnostics = error.all
      }
      var arenas: [Int?] = []
      for position in report.members.indices { arenas.append(arena(&report, position)) }
      isOK = isOK && report.isOK
      Console.report(shown(report.allDiagnostics))
      if common.json {
        documents.append(CheckDocument(report, arenas).json)
      } else {
        if index > 0 { Console.print("") }
        Console.print(CheckText(report, arenas, showsName: specs.count > 1).text)
      }
    }
    if common.json { Console.print((specs.count == 1 ? documents[0] : .array(documents)).text) }
    if !isOK { throw ExitStatus.wrongInput }
  }

  /// All findings; with `--quiet` the errors, and how many more of them there are.
  private func shown(_ findings: [Diagnostic]) -> [Diagnostic] {
    let hasErrors = Diagnostics(findings).hasErrors
    return findings.filter {
      !common.quiet || $0.severity == .error || hasErrors && $0.code == .moreFindings
    }
  }

  /// Bytes of a member's arena, or nil where it has errors.
  private func arena(_ report: inout SpecReport, _ member: Int) -> Int? {
    guard !Diagnostics(report.diagnostics).hasErrors, report.members[member].isOK,
      let network = report.members[member].network
    else { return nil }
    do throws(Diagnostics) {
      return try Planner.plan([Pass].inference(GraphBuilder.build(network)), batch: batch).arenaBytes
    } catch {
      report.members[member].diagnostics += error.all
      return nil
    }
  }
}
