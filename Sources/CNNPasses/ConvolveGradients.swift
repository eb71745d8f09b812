import CNNGraph

extension Pass {
  /// Makes the gradient of a convolution's input a convolution, where its stride is 1, so that all that is known of
  /// convolutions (layouts, Winograd, sums at the store) serves it.
  package static let convolveGradients = Pass("convolve gradients") { graph in
    var rewriter = GraphRewriter(graph)
    for node in graph.nodes {
      guard case .gradient(.conv2dInput(let gradient)) = node.op, !gradient.isDense,
        let conv = gradient.conv.transposed(over: gradient.inputShape)
      else {
        rewriter.keep(node)
        continue
      }
      let weight = rewriter.addConstant(
        .gradient(.transposeFilters(TransposeFilters(groups: conv.groups))),
        parameters: node.parameters.map { rewriter[$0] },
        name: "\(graph[node.parameters[0]].name).transposed", of: node)
      rewriter.add(
        .conv2d(conv), inputs: node.inputs.map { rewriter[$0] }, parameters: [weight],
        replacing: node.output, layers: node.layers, of: node)
    }
    return rewriter.finished()
  }
}
