import ArgumentParser
import CNN
import CNNPasses
import CNNRuntime
import CNNSpec

/// What several commands take.
struct CommonOptions: ParsableArguments {
  @Option(name: .customLong("where"), help: "Entries of the spec's `where` to set: N=2,M=3.")
  var values: WhereValues = WhereValues(values: [])

  @Flag(help: "Print results as JSON, and nothing else.")
  var json = false

  @Flag(help: "Print errors only, no notes.")
  var quiet = false
}

/// `N=2,M=3`
struct WhereValues: ExpressibleByArgument {
  var values: Family.Member

  init(values: Family.Member) { self.values = values }

  init?(argument: String) {
    values = []
    for part in argument.split(separator: ",", omittingEmptySubsequences: false) {
      let sides = part.split(separator: "=", omittingEmptySubsequences: false)
      guard sides.count == 2, !sides[0].isEmpty, let value = Int(sides[1]) else { return nil }
      values.append((String(sides[0]), value))
    }
  }

  var defaultValueDescription: String { "none" }
}

/// What the engine may do.
struct EngineCommandOptions: ParsableArguments {
  @Flag(help: "Multiply just what the definition multiplies: no Winograd.")
  var exact = false

  @Flag(help: "Choose algorithms by timing them on this machine, once: the times are stored.")
  var autotune = false

  /// Refuses what a training step has no choice of.
  func validateForTraining() throws {
    if autotune { throw ValidationError("--autotune is about inference, not about a training step") }
  }

  /// The options for the runs of a network; measures where `--autotune` says so and it has not been done.
  /// - Parameters:
  ///   - memory: what the command's `--memory` says.
  ///   - batch: images of a run.
  ///   - threads: those that compute a run together.
  ///   - outputs: layers to return in place of the network's own.
  func options(
    for model: Model, memory: MemorySize?, batch: Int, threads: Int, returning outputs: [String]? = nil,
    quiet: Bool
  ) throws(Diagnostics) -> EngineOptions {
    var options = EngineOptions(isExact: exact, memoryBytes: memory?.bytes)
    guard autotune else { return options }
    let found = try model.timings(
      batch: batch, returning: outputs, isExact: exact, by: .ofMachine(threads: threads))
    if !quiet {
      if found.measuredCount > 0 {
        Console.error("note: --autotune measured \(found.measuredCount) convolutions of `\(model.name)`")
      }
      for note in found.notes { Console.error("note: \(note)") }
    }
    options.timings = found.timings
    return options
  }
}

/// Where a command's weights come from.
struct WeightsOptions: ParsableArguments {
  @Option(
    help:
      "The weights: safetensors, or those of a .cfg or .prototxt. Left out: the spec's own, or drawn from the seed."
  )
  var weights: String?

  @Option(help: "The seed from which weights are drawn if there are none.")
  var seed: UInt64 = 1
}
