import CNN
import CNNGraph
import CNNSpec
import CNNTrain

/// The exact bytes of a training step, as `check` and `plan` print them.
struct TrainingMemory {
  let plans: TrainingPlans
  /// The largest batch that fits as a whole; nil where no memory was given.
  let largestBatch: Int?

  /// - Parameter batch: images of a step; nil for the recipe's.
  /// - Throws: `memory-limit` where the step does not fit the memory.
  init(
    _ network: CheckedNetwork, batch: Int?, _ options: TrainingOptions, findsLargest: Bool
  ) throws(Diagnostics) {
    let recipe = network.spec.training
    let trained = try TrainedTensors(network, recipe: recipe)
    var planner = try TrainingPlanner(
      GraphBuilder.build(network), recipe: recipe, isTrained: trained.contains)
    plans = try planner.plan(batch: batch ?? recipe.batch, memory: options.memory?.bytes)
    var largest: Int?
    if findsLargest, let memory = options.memory { largest = try planner.largestBatch(memory: memory.bytes) }
    largestBatch = largest
  }

  var json: JSONValue {
    .object([
      "batch": .integer(plans.batch), "arena_bytes": .integer(plans.arenaBytes),
      "parameter_bytes": .integer(plans.parameterBytes), "state_bytes": .integer(plans.stateBytes),
      "total_bytes": .integer(plans.totalBytes), "recomputed": .strings(plans.recomputed),
      "micro_batches": .integer(plans.step.parts.count),
      "largest_batch": largestBatch.map { .integer($0) } ?? .null,
      "memory_bytes": plans.memory.map { .integer($0) } ?? .null,
    ])
  }

  /// What fits, in a line or a few.
  var lines: [String] {
    let sums = plans.accumulators.isEmpty ? "" : " and sums of gradients"
    var lines = [
      "training step    \(Figures.grouped(plans.totalBytes)) bytes for a batch of \(plans.batch): "
        + "weights \(Figures.bytes(plans.parameterBytes)), "
        + "activations and gradients \(Figures.bytes(plans.arenaBytes)), "
        + "optimizer state\(sums) \(Figures.bytes(plans.stateBytes))"
    ]
    let parts = plans.step.parts
    if parts.count > 1 {
      lines.append("  in parts       \(parts.count) of at most \(Figures.grouped(parts.largest)) images")
    }
    if !plans.recomputed.isEmpty {
      let names = plans.recomputed.joined(separator: ", ").shortened(to: 60)
      lines.append("  recomputed     \(plans.recomputed.count) values: \(names)")
    }
    if let memory = plans.memory {
      let largest = largestBatch.map { "a batch of \(Figures.grouped($0))" } ?? "no batch"
      lines.append("  \(Figures.grouped(memory)) bytes  \(largest) fits as a whole")
    }
    return lines
  }
}
