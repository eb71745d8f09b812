import CNNPlan

/// What a step would take at least, were the machine's limits all that held it up: Williams, Waterman and
/// Patterson, Roofline, CACM 52, 2009.
package struct Roofline: Hashable, Sendable {
  package enum Bound: String, Sendable {
    case compute, memory
  }

  /// Seconds of the multiplications alone.
  package var computeSeconds: Double
  /// Seconds of moving the operands alone.
  package var memorySeconds: Double

  /// What takes longer. Functions such as an exponential count as nothing, so that steps without
  /// multiplications of layers are always bound by memory.
  package var bound: Bound { computeSeconds > memorySeconds ? .compute : .memory }
  package var seconds: Double { max(computeSeconds, memorySeconds) }

  /// - Parameters:
  ///   - work: a step's. Its activations were written a moment before and lie in the innermost level that has
  ///     room for those of a turn.
  ///   - turns: the parts that it divides the batch into.
  ///   - workingBytes: all that a run goes through: the weights lie where all of it does.
  package init(_ work: ExecutionPlan.Work, turns: Int = 1, workingBytes: Int, on limits: MachineLimits) {
    let activations = limits.level(for: (work.readBytes + work.writtenBytes) / turns)
    let weights = limits.level(for: workingBytes)
    computeSeconds = Double(work.multiplications) / limits.multiplyAddRate
    memorySeconds =
      Double(work.readBytes) / activations.readRate + Double(work.writtenBytes) / activations.writeRate
      + Double(work.weightBytes) / weights.readRate
  }
}
