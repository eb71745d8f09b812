import CNNGraph
import CNNPasses
import CNNPlan
import CNNSpec

/// A training step, planned: what it keeps, what it computes again, in how many parts, in how many bytes.
package struct TrainingPlans: Sendable {
  /// What the plans of all batch sizes have in common.
  struct Choice: Sendable {
    /// What is computed again instead of kept.
    var dropped: Set<ValueID> = []
    /// The most images of a part; nil where batches are computed as a whole.
    var partSize: Int?
  }

  typealias Tensors = StepGraphs.Tensors

  let graphs: StepGraphs
  let choice: Choice
  /// The bytes that were allowed; nil for as many as it takes.
  package let memory: Int?
  /// The step of the batch that was asked for.
  package let step: StepPlan

  package var batch: Int { step.batch }
  /// The tensors of a weights file.
  package var parameterTensors: [(name: String, dimensions: [Int])] { graphs.parameters }
  /// The optimizer's tensors, zero before the first step.
  package var stateTensors: [(name: String, dimensions: [Int])] { graphs.state }
  /// What the loop sets before each step (`TrainingStep.rate`, `TrainingStep.random`).
  package var controls: [(name: String, dimensions: [Int])] { graphs.controls }
  /// The sums of the parts' gradients; not needed between steps.
  package var accumulators: [(name: String, dimensions: [Int])] {
    choice.partSize == nil ? [] : graphs.accumulators
  }
  /// All tensors that `TrainingTensors` must hold.
  package var tensors: [(name: String, dimensions: [Int])] {
    parameterTensors + stateTensors + controls + accumulators
  }

  package var parameterBytes: Int { StepGraphs.bytes(of: parameterTensors) }
  /// The optimizer's state, the controls, and the sums of the parts' gradients.
  package var stateBytes: Int { StepGraphs.bytes(of: stateTensors + controls + accumulators) }
  package var arenaBytes: Int { step.arenaBytes }
  /// All memory of a step.
  package var totalBytes: Int { parameterBytes + stateBytes + arenaBytes }

  /// The values that are computed again instead of kept, in the order of the forward half.
  package var recomputed: [String] { choice.dropped.sorted().map { graphs.whole.graph[$0].name } }

  /// Multiplications of the layers and of their gradients for the batch, those that are done again not counted;
  /// the largest integer where there are more.
  package var multiplications: Int { (graphs.whole.multiplications * batch).value ?? .max }

  /// What the reader should know about the results.
  package var notes: [Diagnostic] {
    let hasBatchNorm = graphs.whole.graph.nodes.contains {
      if case .training(.batchNorm) = $0.op { true } else { false }
    }
    guard step.parts.count > 1, hasBatchNorm else { return [] }
    let images = step.parts.largest
    return [
      Diagnostic(
        .memoryLimit,
        "the batch of \(batch) is computed in \(step.parts.count) parts: batch norm takes its statistics over "
          + "\(images == 1 ? "one image" : "\(images) images")",
        at: .none, help: ["a smaller batch, or more memory, for statistics over the whole batch"],
        severity: .note)
    ]
  }

  /// The plan of another batch size, on the same tensors: an epoch's last, smaller batch.
  /// - Throws: `memory-limit` where it does not fit the memory; a smaller batch does, but for a rare one
  ///   whose buffers cannot be placed as tightly.
  package func plan(batch: Int) throws(Diagnostics) -> StepPlan {
    if batch == self.batch { return step }
    let plan = try graphs.plan(batch, choice)
    if let memory, parameterBytes + stateBytes + plan.arenaBytes > memory {
      throw Diagnostics(
        Diagnostic(
          .memoryLimit, "a training step of \(batch) images does not fit into \(memory) bytes", at: .none,
          help: ["a smaller batch, or more memory"]))
    }
    return plan
  }
}

extension StepGraphs {
  /// The plan of a step of `batch` images.
  func plan(_ batch: Int, _ choice: TrainingPlans.Choice) throws(Diagnostics) -> StepPlan {
    func plan(_ step: TrainingStep, _ images: Int) throws(Diagnostics) -> ExecutionPlan {
      try Planner.plan(Self.finished(step, dropping: choice.dropped), batch: images)
    }
    guard let partSize = choice.partSize else {
      let parts = BatchParts(batch, limit: batch)
      return StepPlan(parts: parts, first: try plan(whole, batch), others: [:], update: nil)
    }
    let parts = BatchParts(batch, limit: partSize)
    let first = try plan(part(images: batch, isFirst: true), parts.largest)
    var others: [Int: ExecutionPlan] = [:]
    let part = part(images: batch, isFirst: false)
    for size in parts.otherSizes { others[size] = try plan(part, size) }
    let end = try Planner.plan(Self.finished(update), batch: 1)
    return StepPlan(parts: parts, first: first, others: others, update: end)
  }
}
