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

  @Option(help: "Images of one run, for the arena's bytes. (default: 1; for training the recipe's)")
  var batch: Int?

  @OptionGroup var training: TrainingOptions
  @OptionGroup var common: CommonOptions

  func validate() throws {
    if specs.isEmpty { throw ValidationError("name a spec") }
    if let batch, batch < 1 { throw ValidationError("a batch has at least one image") }
    if training.memory != nil, !training.training {
      throw ValidationError("`--memory` is for `--training`")
    }
  }

  func run() throws {
    var documents: [JSONValue] = []
    var isOK = true
    for (index, name) in specs.enumerated() {
      var report: SpecReport
      do throws(Diagnostics) {
        report = try SpecInput(name).source.report(where: common.values.values)
      } catch {
        report = SpecReport(name: name)
        report.diagnostics = error.all
      }
      var memory: [MemberMemory] = []
      for position in report.members.indices { memory.append(needs(of: position, in: &report)) }
      isOK = isOK && report.isOK
      Console.report(shown(report.allDiagnostics))
      if common.json {
        documents.append(CheckDocument(report, memory, showsTraining: training.training).json)
      } else {
        if index > 0 { Console.print("") }
        Console.print(CheckText(report, memory, showsName: specs.count > 1).text)
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

  /// What a member needs, as far as it has no errors; where that is too much, the member has one.
  private func needs(of member: Int, in report: inout SpecReport) -> MemberMemory {
    var memory = MemberMemory()
    guard !Diagnostics(report.diagnostics).hasErrors, report.members[member].isOK,
      let network = report.members[member].network
    else { return memory }
    do throws(Diagnostics) {
      let passes = [Pass].inference(batch: batch ?? 1)
      memory.arena = try Planner.plan(GraphBuilder.build(network), batch: batch ?? 1) { passes($0) }
        .arenaBytes
      if training.training {
        let step = try TrainingMemory(network, batch: batch, training, findsLargest: true)
        memory.training = step
        report.members[member].diagnostics += step.plans.notes
      }
    } catch {
      report.members[member].diagnostics += error.all
    }
    return memory
  }
}

/// What one member of a spec needs beside its weights.
struct MemberMemory {
  /// Bytes of the arena of inference.
  var arena: Int?
  var training: TrainingMemory?
}
