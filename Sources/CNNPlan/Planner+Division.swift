import CNNGraph

/// The steps, both ends included, in which something that lies in a root is written or read.
struct RootLifetime {
  var first = Int.max
  var last = 0
  /// Whether the caller fills or reads it.
  var isPort = false
}

extension Planner {
  /// The steps from the first write to the last read of anything that lies in each root.
  mutating func rootLifetimes(last: Int) -> [RootLifetime] {
    // The first step at or behind each node and the last one at or before it.
    var next = Array(repeating: last, count: stepOfNode.count)
    var previous = Array(repeating: 0, count: stepOfNode.count)
    for node in stepOfNode.indices.reversed() {
      next[node] = stepOfNode[node] ?? (node + 1 < next.count ? next[node + 1] : last)
    }
    for node in stepOfNode.indices {
      previous[node] = stepOfNode[node] ?? (node > 0 ? previous[node - 1] : 0)
    }
    var lifetimes = Array(repeating: RootLifetime(), count: placement.forest.pieces.count)
    for index in placement.forest.pieces.indices {
      let root = placement.root(ofPiece: index)
      let piece = placement.forest[index]
      let first = piece.firstUse < 0 ? 0 : next[piece.firstUse]
      let end = piece.lastUse == .max ? last : (piece.lastUse < 0 ? 0 : previous[piece.lastUse])
      lifetimes[root].first = min(lifetimes[root].first, first)
      lifetimes[root].last = max(lifetimes[root].last, first, end)
      if piece.isInput || piece.lastUse == .max { lifetimes[root].isPort = true }
    }
    return lifetimes
  }

  /// Whether a root holds the images of one turn only, which is noted, or all: then it is needed in all turns of
  /// the segments that it is used in.
  /// - Returns: for how many images it has room.
  mutating func settle(
    _ root: Int, _ lifetime: inout RootLifetime, _ segmentOfStep: [ExecutionPlan.Segment]
  ) -> Int {
    guard !segmentOfStep.isEmpty else { return batch }
    let (first, last) = (segmentOfStep[lifetime.first], segmentOfStep[lifetime.last])
    if first.turns > 1, first == last, !lifetime.isPort {
      innerRoots.insert(root)
      return first.images(turn: 0, batch: batch).count
    }
    if first.turns > 1 { lifetime.first = first.steps.lowerBound }
    if last.turns > 1 { lifetime.last = last.steps.upperBound - 1 }
    return batch
  }

  /// How steps are computed for some images at a time.
  func segments(_ lifetimes: [RootLifetime], _ pieceTypes: [TensorType]) -> [ExecutionPlan.Segment] {
    guard !stepNodes.isEmpty else { return [] }
    let whole = [ExecutionPlan.Segment(steps: stepNodes.indices, turns: 1)]
    guard batch > 1, graph.computesImagesAlone else { return whole }
    let division = BatchDivision(batch: batch, steps: stepNodes.count, cache: cache)
    let steps = traffic(lifetimes, pieceTypes, division)
    let most = (steps.map(\.live).max() ?? 0).multipliedReportingOverflow(by: batch)
    return most.overflow || most.partialValue > cache.bytes ? division.segments(steps) : whole
  }

  /// What each step moves and what lies in the arena meanwhile, of one image.
  private func traffic(
    _ lifetimes: [RootLifetime], _ pieceTypes: [TensorType], _ division: BatchDivision
  ) -> [BatchDivision.Step] {
    var begins = Array(repeating: 0, count: stepNodes.count + 1)
    var ends = begins
    for root in placement.forest.pieces.indices where placement.forest.isRoot(root) {
      let bytes = checkedBytes(of: pieceTypes[root], images: 1)
      begins[lifetimes[root].first] += bytes
      ends[lifetimes[root].last + 1] += bytes
    }
    var live = 0
    return stepNodes.enumerated().map { index, id in
      let entering = live - ends[index]
      live = entering + begins[index]
      let node = graph[id]
      let activations = Set(node.inputs + node.outputs).filter { graph[$0].type.isBatched }
      return BatchDivision.Step(
        moved: activations.reduce(0) { $0 + checkedBytes(of: graph[$1].type, images: 1) }, live: live,
        entering: entering, parameters: division.turns.map { parameterBytes(node, turns: $0) })
    }
  }

  /// Bytes of parameters that a step reads for the whole batch in so many turns.
  private func parameterBytes(_ node: Node, turns: Int) -> Double {
    let bytes = Set(node.inputs + node.parameters).filter { !graph[$0].type.isBatched }
      .reduce(0) { $0 + checkedBytes(of: graph[$1].type) }
    let reads = node.op.implementation.parameterReads(
      inputs: node.inputs.map { graph[$0].type }, parameters: node.parameters.map { graph[$0].type },
      outputs: node.outputs.map { graph[$0].type }, batch: (batch + turns - 1) / turns)
    return Double(bytes) * Double(turns) * Double(reads)
  }
}
