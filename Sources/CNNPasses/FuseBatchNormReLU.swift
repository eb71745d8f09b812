import CNNGraph

extension Pass {
  /// In a training step, a ReLU that alone reads a batch norm happens at the batch norm's store, and the gradient
  /// through a ReLU is taken inside the gradient of the batch norm in front of it, which finds again what had passed:
  /// each saves the memory traffic of an activation.
  ///
  /// Runs after layouts are chosen: only the kernels for channel blocks can do it.
  package static let fuseBatchNormReLU = Pass("fuse batch norm and relu") { graph in
    let soleUsers = graph.soleUsers()
    let norms = graph.nodeIDs.compactMap { graph.rectifiedNorm($0, soleUsers) }
    let gradients = graph.nodeIDs.compactMap { graph.rectifiedGradient($0, soleUsers) }
    let pairs = Dictionary(uniqueKeysWithValues: (norms + gradients).map { ($0.norm, $0) })
    let relus = Set(pairs.values.map(\.relu))
    var rewriter = GraphRewriter(graph)
    for id in graph.nodeIDs where !relus.contains(id) {
      let node = graph[id]
      guard let pair = pairs[id] else {
        rewriter.keep(node)
        continue
      }
      let relu = graph[pair.relu]
      var outputs = node.outputs
      if pair.isForward { outputs[0] = relu.output }
      let results = rewriter.append(
        pair.op, inputs: pair.inputs.map { rewriter[$0] }, parameters: pair.parameters.map { rewriter[$0] },
        names: outputs.map { graph[$0].name },
        layers: pair.isForward ? node.layers + relu.layers : relu.layers + node.layers, range: node.range)
      for (old, new) in zip(outputs, results) { rewriter.replace(old, by: new) }
    }
    return rewriter.finished()
  }
}

/// A batch norm, or its gradient, and the ReLU, or its gradient, that it takes over.
private struct RectifiedNorm {
  let norm: NodeID
  let relu: NodeID
  /// Whether the ReLU comes behind; its gradient comes in front.
  let isForward: Bool
  /// What computes both, of which operands of the old graph.
  let op: Op
  let inputs: [ValueID]
  let parameters: [ValueID]
}

extension Graph {
  /// A batch norm of channel blocks that nothing but a ReLU reads.
  fileprivate func rectifiedNorm(_ id: NodeID, _ soleUsers: [NodeID?]) -> RectifiedNorm? {
    guard case .training(.batchNorm(var norm)) = self[id].op, !norm.isRectified,
      self[self[id].output].type.layout == .channelBlocks, let user = soleUsers[self[id].output.index],
      case .activation(.relu) = self[user].op
    else { return nil }
    norm.isRectified = true
    return RectifiedNorm(
      norm: id, relu: user, isForward: true, op: .training(.batchNorm(norm)), inputs: self[id].inputs,
      parameters: self[id].parameters)
  }

  /// The gradient of a batch norm of channel blocks that alone reads the gradient of the ReLU behind that norm.
  fileprivate func rectifiedGradient(_ id: NodeID, _ soleUsers: [NodeID?]) -> RectifiedNorm? {
    let node = self[id]
    guard case .gradient(.batchNorm(var gradient)) = node.op, !gradient.isRectified,
      self[node.output].type.layout == .channelBlocks, let relu = producer(of: node.inputs[0]),
      soleUsers[node.inputs[0].index] == id,
      case .gradient(.activation(let function)) = self[relu].op, function.activation == .relu,
      let norm = normalization(rectifiedTo: self[relu].inputs[1]).map({ self[$0] }),
      norm.inputs[0] == node.inputs[1], [norm.parameters[0]] + norm.outputs[1...2] == node.parameters
    else { return nil }
    gradient.isRectified = true
    return RectifiedNorm(
      norm: id, relu: relu, isForward: false, op: .gradient(.batchNorm(gradient)),
      inputs: [self[relu].inputs[0], node.inputs[1]], parameters: node.parameters + [norm.parameters[1]])
  }

  /// The batch norm whose result a value is, or what ReLU makes of it: both are positive at the same places.
  private func normalization(rectifiedTo value: ValueID) -> NodeID? {
    guard let producer = producer(of: value) else { return nil }
    switch self[producer].op {
    case .activation(.relu): return normalization(rectifiedTo: self[producer].inputs[0])
    case .training(.batchNorm) where self[producer].output == value: return producer
    default: return nil
    }
  }
}
