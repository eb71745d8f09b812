import CNNPlan

/// How one step of a batch is computed: as a whole, or in parts that add up their gradients, with an update
/// behind them. All its plans run on the same tensors.
package struct StepPlan: Sendable {
  package let parts: BatchParts
  /// The whole step, or the part that starts the sums.
  package let first: ExecutionPlan
  /// The parts that add to the sums, by their images.
  package let others: [Int: ExecutionPlan]
  /// The update behind the last part; nil where the batch is computed as a whole.
  package let update: ExecutionPlan?

  package var batch: Int { parts.batch }
  /// All the plans, in the order in which they are first run.
  package var plans: [ExecutionPlan] {
    [first] + others.sorted { $0.key > $1.key }.map(\.value) + (update.map { [$0] } ?? [])
  }
  /// The plans as a step runs them, one after the other: that of each part, then the update.
  package var executions: [ExecutionPlan] {
    (0..<parts.count).map { plan(part: $0) } + (update.map { [$0] } ?? [])
  }

  /// The plan of a part.
  private func plan(part: Int) -> ExecutionPlan {
    if part == 0 { return first }
    guard let plan = others[parts.images(of: part).count] else {
      preconditionFailure("every part has a plan")
    }
    return plan
  }

  /// Bytes of an arena that all the plans take turns in.
  package var arenaBytes: Int { plans.reduce(0) { max($0, $1.arenaBytes) } }
}

/// A batch cut into parts as equal as they can be, larger ones first.
package struct BatchParts: Sendable, Hashable {
  package let batch: Int
  package let count: Int

  /// As few parts of at most `limit` images as there can be.
  init(_ batch: Int, limit: Int) {
    precondition(batch > 0 && limit > 0)
    self.batch = batch
    count = batch.batches(of: limit)
  }

  /// The images of a part within the batch.
  package func images(of part: Int) -> Range<Int> {
    let (size, larger) = batch.quotientAndRemainder(dividingBy: count)
    let first = part * size + min(part, larger)
    return first..<(first + size + (part < larger ? 1 : 0))
  }

  /// The images of the largest part.
  package var largest: Int { images(of: 0).count }

  /// The sizes of the parts behind the first one.
  var otherSizes: Set<Int> { count == 1 ? [] : [images(of: 1).count, images(of: count - 1).count] }
}
