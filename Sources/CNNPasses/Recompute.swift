import CNNGraph

extension Graph {
  /// Computes values of a training step's forward half a second time, right before the backward half first
  /// reads them, instead of keeping them.
  ///
  /// The same operators read the same values, so the step's results stay the same, to the bit.
  /// - Parameters:
  ///   - values: those that are not kept, with their aliases; of ``Recomputation/candidates``.
  ///   - forwardCount: the nodes of the forward half and the loss.
  package func recomputing(_ values: Set<ValueID>, behind forwardCount: Int) -> Graph {
    guard !values.isEmpty else { return self }
    let sources = aliasSources()
    var rewriter = GraphRewriter(self)
    var isComputedAgain = Array(repeating: false, count: nodes.count)

    func isDropped(_ value: ValueID) -> Bool { values.contains(sources[value.index]) }
    /// Adds copies of what computes a dropped value, operands first.
    func computeAgain(_ value: ValueID) {
      var pending = [value]
      while let next = pending.last {
        guard let producer = producer(of: next), isDropped(next), !isComputedAgain[producer.index] else {
          pending.removeLast()
          continue
        }
        let node = self[producer]
        let before = node.inputs.filter { input in
          guard let producer = self.producer(of: input) else { return false }
          return isDropped(input) && !isComputedAgain[producer.index]
        }
        if !before.isEmpty {
          pending += before
          continue
        }
        let copies = rewriter.append(
          node.op, inputs: node.inputs.map { rewriter[$0] }, parameters: node.parameters.map { rewriter[$0] },
          names: node.outputs.map { self[$0].name + ".again" }, of: node)
        // What else the node returns (a batch's mean) is small and kept.
        rewriter.replace(node.output, by: copies[0])
        isComputedAgain[producer.index] = true
        pending.removeLast()
      }
    }

    for (index, node) in nodes.enumerated() {
      if index >= forwardCount { for input in node.inputs { computeAgain(input) } }
      rewriter.keep(node)
    }
    let graph = rewriter.finished()
    graph.verify(after: "recomputing")
    return graph
  }

  /// For each value the one whose elements it has under another shape; itself, mostly.
  fileprivate func aliasSources() -> [ValueID] {
    var sources = valueIDs
    for node in nodes where node.op.recomputation == .alias {
      sources[node.output.index] = sources[node.inputs[0].index]
    }
    return sources
  }
}

/// What of a training step's forward half can be computed again instead of kept, and whether that pays.
package struct Recomputation {
  package struct Candidate: Sendable {
    /// The value that is not kept.
    package var value: ValueID
    /// It and those on the way to it that nobody keeps.
    package var recomputed: [ValueID]
    /// Bytes an image that are not kept, less those that must be kept for it.
    package var savedBytes: Int
    /// Operations an image, elements moved included.
    package var cost: Int
  }

  /// The most nodes that one candidate may take; more are not cheap any more.
  private static let chainLimit = 64

  private let graph: Graph
  private let sources: [ValueID]
  /// Values of the forward half that the backward half reads; under their aliases' sources.
  private var isRead: [Bool]
  private var isReturned: [Bool]
  private let forwardCount: Int

  private init(_ graph: Graph, forwardCount: Int) {
    self.graph = graph
    self.forwardCount = forwardCount
    sources = graph.aliasSources()
    isRead = Array(repeating: false, count: graph.values.count)
    isReturned = isRead
    for node in graph.nodes.dropFirst(forwardCount) {
      for input in node.inputs { isRead[sources[input.index].index] = true }
    }
    for output in graph.outputs { isReturned[sources[output.value.index].index] = true }
  }

  /// The values that the backward half keeps and that cheap operators compute from what is kept anyway; those
  /// that save the most for the least first.
  package static func candidates(of graph: Graph, forwardCount: Int) -> [Candidate] {
    let search = Recomputation(graph, forwardCount: forwardCount)
    let found = graph.nodes.prefix(forwardCount).compactMap { node -> Candidate? in
      let value = node.output
      guard search.isRead[value.index], !search.isReturned[value.index], search.sources[value.index] == value,
        node.op.recomputation == .cheap
      else { return nil }
      return search.candidate(value)
    }
    return found.sorted { a, b in
      let (left, right) = (Double(a.savedBytes) / Double(a.cost), Double(b.savedBytes) / Double(b.cost))
      return (left, a.savedBytes, b.value) > (right, b.savedBytes, a.value)
    }
  }

  private func candidate(_ value: ValueID) -> Candidate? {
    var chain: [ValueID] = []
    var mustKeep: Set<ValueID> = []
    var seen: Set<ValueID> = [value]
    var pending = [value]
    var cost = 0
    while let next = pending.popLast() {
      guard let producer = graph.producer(of: next) else { return nil }
      chain.append(next)
      guard chain.count <= Self.chainLimit else { return nil }
      let node = graph[producer]
      cost += graph.operations(of: node)
      for input in node.inputs.map({ sources[$0.index] }) where seen.insert(input).inserted {
        if isRead[input.index] || isReturned[input.index] { continue }
        if let producer = graph.producer(of: input), graph[producer].op.recomputation == .cheap {
          pending.append(input)
        } else {
          mustKeep.insert(input)
        }
      }
    }
    let saved = bytes(value) - mustKeep.reduce(0) { $0 + bytes($1) }
    guard saved > 0 else { return nil }
    return Candidate(value: value, recomputed: chain, savedBytes: saved, cost: max(cost, 1))
  }

  private func bytes(_ value: ValueID) -> Int {
    let type = graph[value].type
    return type.isBatched ? type.count * type.element.byteCount : 0
  }
}

extension Graph {
  /// What an image costs, with the elements that are read and written.
  fileprivate func operations(of node: Node) -> Int {
    let moved = (node.inputs + node.outputs).reduce(0) {
      $0 + (self[$1].type.isBatched ? self[$1].type.count : 0)
    }
    guard let layer = node.op.implementation as? any LayerOperator else { return 2 * moved }
    let cost = layer.cost(for: node.inputs.map { self[$0].type.shape }, output: self[node.output].type.shape)
    return (cost.otherOperations + CheckedInteger(moved)).value ?? .max
  }
}

extension Op {
  /// What computing a value again would take.
  fileprivate enum Recomputation { case alias, cheap, dear }

  fileprivate var recomputation: Recomputation {
    switch self {
    case .reshape, .identity, .dropout: .alias
    case .activation, .convPool2d, .pool2d, .unpool2d, .localResponseNorm, .softmax, .prelu, .channelAffine,
      .pad2d,
      .crop2d, .upsample2d, .channelShuffle, .add, .multiply, .concat, .batchNorm:
      .cheap
    case .training(.batchNorm), .training(.dropout): .cheap
    case .conv2d, .deconv2d, .dense, .radialBasis, .foldBatchNorm, .changeLayout, .gradient, .training:
      .dear
    }
  }
}
