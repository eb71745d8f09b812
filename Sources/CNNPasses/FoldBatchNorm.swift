import CNNGraph

extension Pass {
  /// Batch norm at inference is a factor and a summand a channel. Behind a convolution, a transposed one or
  /// a fully connected layer they go into its weights and bias; alone, they become a ``ChannelAffine``.
  package static let foldBatchNorm = Pass("fold batch norm") { graph in
    let soleUsers = graph.soleUsers()
    var rewriter = GraphRewriter(graph)
    for node in graph.nodes {
      // A layer in front waits until its batch norm comes.
      if FoldableLayer(node) != nil, let user = soleUsers[node.output.index], graph[user].isPlainBatchNorm {
        continue
      }
      guard case .batchNorm(let norm) = node.op, node.isPlainBatchNorm else {
        rewriter.keep(node)
        continue
      }
      if let before = graph.producer(of: node.inputs[0]), soleUsers[node.inputs[0].index] != nil,
        let layer = FoldableLayer(graph[before])
      {
        fold(norm, node, into: layer, graph[before], &rewriter)
      } else {
        rewriter.addChannelAffine(norm, node)
      }
    }
    return rewriter.finished()
  }

  private static func fold(
    _ norm: BatchNorm, _ node: Node, into layer: FoldableLayer, _ before: Node,
    _ rewriter: inout GraphRewriter
  ) {
    let statistics = node.parameters.map { rewriter[$0] }
    let parameters = before.parameters.map { rewriter[$0] }
    let name = rewriter.source[before.output].name
    let weight = rewriter.addConstant(
      .foldBatchNorm(
        FoldBatchNorm(.weight(channelAxis: layer.channelAxis, groups: layer.groups), epsilon: norm.epsilon)),
      parameters: [parameters[0]] + statistics, name: "\(name).folded_weight", of: node)
    let bias = rewriter.addConstant(
      .foldBatchNorm(FoldBatchNorm(.bias(hasBias: layer.hasBias), epsilon: norm.epsilon)),
      parameters: parameters.dropFirst() + statistics, name: "\(name).folded_bias", of: node)
    rewriter.add(
      layer.withBias, inputs: before.inputs.map { rewriter[$0] }, parameters: [weight, bias],
      replacing: node.output, layers: before.layers + node.layers, of: before)
  }
}

extension GraphRewriter {
  /// A batch norm with its running statistics, as the factor and summand a channel that it is.
  mutating func addChannelAffine(_ norm: BatchNorm, _ node: Node) {
    let name = source[node.output].name
    let statistics = node.parameters.map { self[$0] }
    let scale = addConstant(
      .foldBatchNorm(FoldBatchNorm(.scale, epsilon: norm.epsilon)), parameters: statistics,
      name: "\(name).scale", of: node)
    let shift = addConstant(
      .foldBatchNorm(FoldBatchNorm(.shift, epsilon: norm.epsilon)), parameters: statistics,
      name: "\(name).shift", of: node)
    add(
      .channelAffine(ChannelAffine()), inputs: node.inputs.map { self[$0] }, parameters: [scale, shift],
      replacing: node.output, layers: node.layers, of: node)
  }
}

extension Node {
  fileprivate var isPlainBatchNorm: Bool {
    if case .batchNorm(let norm) = op { norm.epilogue == .none } else { false }
  }
}

/// A layer whose weights can take over a factor a channel of its output.
private struct FoldableLayer {
  var channelAxis = 0
  var groups = 1
  var hasBias: Bool
  /// The same layer with a bias.
  var withBias: Op

  init?(_ node: Node) {
    switch node.op {
    case .conv2d(var conv) where conv.epilogue == .none:
      (hasBias, groups) = (conv.hasBias, conv.groups)
      conv.hasBias = true
      withBias = .conv2d(conv)
    case .deconv2d(var deconv) where deconv.epilogue == .none:
      (hasBias, groups, channelAxis) = (deconv.hasBias, deconv.groups, 1)
      deconv.hasBias = true
      withBias = .deconv2d(deconv)
    case .dense(var dense) where dense.epilogue == .none:
      hasBias = dense.hasBias
      dense.hasBias = true
      withBias = .dense(dense)
    default: return nil
    }
  }
}
