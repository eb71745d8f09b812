import CNNGraph
import CNNPasses
import CNNPlan
import CNNSpec

/// Plans training steps within some memory.
///
/// What is tried, in this order: the whole batch; the whole batch, computing cheap values again instead of
/// keeping them; the batch in as few parts as fit, computing again only what those need.
package struct TrainingPlanner {
  private let graphs: StepGraphs
  private var search: RecomputeSearch
  private var partSearch: RecomputeSearch
  private let tensorBytes: Int
  private let accumulatorBytes: Int
  private let updateBytes: Int

  /// - Parameters:
  ///   - network: a network's graph as its spec says it, nothing optimised.
  ///   - recipe: loss and optimizer.
  ///   - isTrained: whether a tensor of the network is changed by the optimizer.
  /// - Throws: `invalid-value` where the network returns several values.
  package init(
    _ network: Graph, recipe: TrainingRecipe, isTrained: (_ tensor: String) -> Bool
  ) throws(Diagnostics) {
    guard network.outputs.count == 1 else { throw Self.severalOutputs(network) }
    graphs = StepGraphs(network, recipe: recipe, isTrained: isTrained)
    search = RecomputeSearch(graphs.whole)
    // Only the loss's divisor depends on the batch, and no size on that.
    partSearch = RecomputeSearch(graphs.part(images: 1, isFirst: false))
    tensorBytes = StepGraphs.bytes(of: graphs.parameters + graphs.state + graphs.controls)
    accumulatorBytes = StepGraphs.bytes(of: graphs.accumulators)
    updateBytes = ArenaBound(StepGraphs.finished(graphs.update)).bytes(batch: 1) ?? .max
  }

  /// The plan of a network's step.
  /// - Parameter memory: bytes for all of it; nil for as many as the fastest way takes.
  /// - Throws: `memory-limit` where no way fits, with what would; `invalid-value` where the network returns
  ///   several values.
  package static func plan(
    _ network: Graph, recipe: TrainingRecipe, batch: Int, memory: Int?, isTrained: (String) -> Bool
  ) throws(Diagnostics) -> TrainingPlans {
    var planner = try TrainingPlanner(network, recipe: recipe, isTrained: isTrained)
    return try planner.plan(batch: batch, memory: memory)
  }

  /// The plan for a batch of `batch` images; see ``plan(_:recipe:batch:memory:isTrained:)``.
  package mutating func plan(batch: Int, memory: Int?) throws(Diagnostics) -> TrainingPlans {
    precondition(batch > 0, "a batch has images")
    guard let memory else { return try plans(batch, .init(), nil) }
    if let plans = try whole(batch, memory) { return plans }
    if let plans = try inParts(batch, memory) { return plans }
    throw try tooMuch(batch, memory)
  }

  /// The largest batch whose step fits as a whole, computing values again if need be; nil where not even one
  /// image does.
  package mutating func largestBatch(memory: Int) throws(Diagnostics) -> Int? {
    let room = memory - tensorBytes
    let most = search.least(batch: 1)
    func least(_ search: inout RecomputeSearch, _ batch: Int) -> Int {
      min(search.bytes(dropping: 0, batch: batch), search.bytes(dropping: most, batch: batch))
    }
    guard room >= 0, least(&search, 1) <= room else { return nil }
    var (fits, fails) = (1, 2)
    while least(&search, fails) <= room { (fits, fails) = (fails, fails * 2) }
    while fails - fits > 1 {
      // Nearly linear: a guess between the two is mostly right beside the answer.
      let (low, high) = (least(&search, fits), least(&search, fails))
      let share = high == .max || high == low ? 0.5 : Double(room - low) / Double(high - low)
      let guess = fits + Int(Double(fails - fits) * share)
      for middle in [guess, guess + 1, (fits + fails) / 2] where fits < middle && middle < fails {
        if least(&search, middle) <= room { fits = middle } else { fails = middle }
      }
    }
    return try placed(fits, droppingEither: [0, most], memory)
  }

  /// The largest batch up to one whose bound fits that fits with its buffers placed, too: mostly that one.
  private func placed(
    _ batch: Int, droppingEither counts: [Int], _ memory: Int
  ) throws(Diagnostics) -> Int? {
    var batch = batch
    while batch > 0 {
      var excess = Int.max
      for count in counts {
        let plans = try plans(batch, .init(dropped: search.values(first: count)), memory)
        excess = min(excess, plans.totalBytes - memory)
        if excess <= 0 { return batch }
      }
      // What is too much is some images' share.
      batch -= max(1, excess / max((memory - tensorBytes + excess) / batch, 1))
    }
    return nil
  }

  private func plans(
    _ batch: Int, _ choice: TrainingPlans.Choice, _ memory: Int?
  ) throws(Diagnostics) -> TrainingPlans {
    TrainingPlans(graphs: graphs, choice: choice, memory: memory, step: try graphs.plan(batch, choice))
  }
}

// MARK: - Ways to fit

extension TrainingPlanner {
  /// The batch as a whole, if that fits.
  private mutating func whole(_ batch: Int, _ memory: Int) throws(Diagnostics) -> TrainingPlans? {
    try fitting(batch, memory, &search, tensorBytes, partSize: nil)
  }

  /// The batch in as few parts as fit, if any do.
  private mutating func inParts(_ batch: Int, _ memory: Int) throws(Diagnostics) -> TrainingPlans? {
    let taken = tensorBytes + accumulatorBytes
    let room = memory - taken
    guard batch > 1, updateBytes <= room else { return nil }
    var (fits, fails) = (0, batch)
    while fails - fits > 1 {
      let middle = (fits + fails) / 2
      if leastBytes(ofPart: middle) <= room { fits = middle } else { fails = middle }
    }
    while fits > 0 {
      let size = BatchParts(batch, limit: fits).largest
      if let plans = try fitting(batch, memory, &partSearch, taken, partSize: size) { return plans }
      fits = size - 1
    }
    return nil
  }

  private mutating func leastBytes(ofPart size: Int) -> Int {
    partSearch.bytes(dropping: partSearch.least(batch: size), batch: size)
  }

  /// Plans with as little computed again as fits; buffers that cannot be placed as tightly as the bound
  /// says are allowed for by a lower one.
  private func fitting(
    _ batch: Int, _ memory: Int, _ search: inout RecomputeSearch, _ taken: Int, partSize: Int?
  ) throws(Diagnostics) -> TrainingPlans? {
    let size = partSize ?? batch
    var limit = memory - taken
    guard limit >= 0, var dropped = search.values(fitting: limit, batch: size) else { return nil }
    for _ in 0..<3 {
      let plans = try plans(batch, .init(dropped: dropped, partSize: partSize), memory)
      let excess = plans.totalBytes - memory
      if excess <= 0 { return plans }
      limit -= max(excess, ArenaPlanner.alignment)
      guard let fewer = search.values(fitting: limit, batch: size) else { break }
      dropped = fewer
    }
    let least = search.values(first: search.least(batch: size))
    let plans = try plans(batch, .init(dropped: least, partSize: partSize), memory)
    return plans.totalBytes <= memory ? plans : nil
  }
}

// MARK: - Nothing fits

extension TrainingPlanner {
  private static func severalOutputs(_ network: Graph) -> Diagnostics {
    let names = network.outputs.map { "`\($0.name)`" }.joined(separator: ", ")
    return Diagnostics(
      Diagnostic(
        .invalidValue, "a network is trained on one output, not on \(network.outputs.count)", at: .none,
        help: ["name one of \(names) in `outputs`"]))
  }

  /// The finding that a batch fits in no way, with the layers that need the most and what would fit.
  private mutating func tooMuch(_ batch: Int, _ memory: Int) throws(Diagnostics) -> Diagnostics {
    let inParts = try leastPlans(batch, inParts: true)
    let asWhole = try leastPlans(batch, inParts: false)
    let least = asWhole.totalBytes <= inParts.totalBytes ? asWhole : inParts
    var help = [
      "the most is needed by "
        + LayerMemory.largest(of: least, count: 5).map(\.description).joined(separator: ", ")
    ]
    if let largest = try largestBatch(memory: memory) {
      help.append("a batch of \(largest) fits")
    } else {
      let one = try leastPlans(1, inParts: false).totalBytes
      help.append("a batch of 1 takes at least \(one) bytes")
    }
    return Diagnostics(
      Diagnostic(
        .memoryLimit,
        "a training step of \(batch) \(batch == 1 ? "image" : "images") takes at least \(least.totalBytes) "
          + "bytes of memory, \(memory) are allowed",
        at: .none, help: help))
  }

  /// The smallest plan of a batch, as a whole or image for image.
  private mutating func leastPlans(_ batch: Int, inParts: Bool) throws(Diagnostics) -> TrainingPlans {
    let dropped =
      inParts
      ? partSearch.values(first: partSearch.least(batch: 1))
      : search.values(first: search.least(batch: batch))
    return try plans(batch, .init(dropped: dropped, partSize: inParts ? 1 : nil), nil)
  }
}
