import CNNGraph

extension Pass {
  /// A function behind an operator with an epilogue happens at that operator's store.
  package static let fuseActivation = Pass("fuse activation") { graph in
    let soleUsers = graph.soleUsers()
    var rewriter = GraphRewriter(graph)
    for node in graph.nodes {
      if let user = soleUsers[node.output.index], case .activation(let activation) = graph[user].op,
        var epilogue = node.op.epilogue, epilogue.activation == nil
      {
        epilogue.activation = activation
        rewriter.add(
          node.op.with(epilogue), inputs: node.inputs.map { rewriter[$0] },
          parameters: node.parameters.map { rewriter[$0] }, replacing: graph[user].output,
          layers: node.layers + graph[user].layers, of: node)
      } else if case .activation = node.op, let before = graph.producer(of: node.inputs[0]),
        soleUsers[node.inputs[0].index] != nil, let epilogue = graph[before].op.epilogue,
        epilogue.activation == nil
      {
        continue  // Happened with the node before.
      } else {
        rewriter.keep(node)
      }
    }
    return rewriter.finished()
  }

  /// An addition of two branches happens at the store of the convolution that ends one of them: the later
  /// one, since the other branch must be there by then.
  package static let fuseResidualAdd = Pass("fuse residual add") { graph in
    let soleUsers = graph.soleUsers()
    var fused: [NodeID: ValueID] = [:]
    for id in graph.nodeIDs {
      guard case .add(let add) = graph[id].op, add.epilogue == .none, graph[id].inputs.count == 2,
        graph[id].inputs[0] != graph[id].inputs[1]
      else { continue }
      let candidates = graph[id].inputs.filter { input in
        guard let producer = graph.producer(of: input), soleUsers[input.index] == id else { return false }
        return graph[producer].op.canAddResidual
      }
      if let last = candidates.max() { fused[id] = last }
    }
    let waiting = Set(fused.values.compactMap { graph.producer(of: $0) })
    var rewriter = GraphRewriter(graph)
    for id in graph.nodeIDs where !waiting.contains(id) {
      let node = graph[id]
      guard let end = fused[id], let producer = graph.producer(of: end) else {
        rewriter.keep(node)
        continue
      }
      let branch = graph[producer]
      let other = node.inputs[0] == end ? node.inputs[1] : node.inputs[0]
      rewriter.add(
        branch.op.with(Epilogue(addsResidual: true)), inputs: (branch.inputs + [other]).map { rewriter[$0] },
        parameters: branch.parameters.map { rewriter[$0] }, replacing: node.output,
        layers: branch.layers + node.layers, of: branch)
    }
    return rewriter.finished()
  }
}

extension Op {
  /// What happens at the operator's store, if it can do anything there.
  var epilogue: Epilogue? {
    switch self {
    case .conv2d(let op): op.epilogue
    case .deconv2d(let op): op.epilogue
    case .dense(let op): op.epilogue
    case .batchNorm(let op): op.epilogue
    case .channelAffine(let op): op.epilogue
    case .add(let op): op.epilogue
    case .activation, .convPool2d, .pool2d, .unpool2d, .radialBasis, .localResponseNorm, .softmax, .prelu,
      .dropout,
      .reshape, .identity, .pad2d, .crop2d, .upsample2d, .channelShuffle, .multiply, .concat,
      .foldBatchNorm, .changeLayout, .gradient, .training:
      nil
    }
  }

  func with(_ epilogue: Epilogue) -> Op {
    func changed<Operation>(_ op: Operation, _ path: WritableKeyPath<Operation, Epilogue>) -> Operation {
      var copy = op
      copy[keyPath: path] = epilogue
      return copy
    }
    switch self {
    case .conv2d(let op): return .conv2d(changed(op, \.epilogue))
    case .deconv2d(let op): return .deconv2d(changed(op, \.epilogue))
    case .dense(let op): return .dense(changed(op, \.epilogue))
    case .batchNorm(let op): return .batchNorm(changed(op, \.epilogue))
    case .channelAffine(let op): return .channelAffine(changed(op, \.epilogue))
    case .add(let op): return .add(changed(op, \.epilogue))
    case .activation, .convPool2d, .pool2d, .unpool2d, .radialBasis, .localResponseNorm, .softmax, .prelu,
      .dropout,
      .reshape, .identity, .pad2d, .crop2d, .upsample2d, .channelShuffle, .multiply, .concat,
      .foldBatchNorm, .changeLayout, .gradient, .training:
      preconditionFailure("\(name) has no epilogue")
    }
  }

  fileprivate var canAddResidual: Bool {
    switch self {
    case .conv2d(let op): op.epilogue == .none
    case .deconv2d(let op): op.epilogue == .none
    default: false
    }
  }
}
