import CNNGraph

extension Pass {
  /// Takes out what changes nothing: identity, and dropout, which only training knows.
  package static let removeIdentities = Pass("remove identities") { graph in
    var rewriter = GraphRewriter(graph)
    for node in graph.nodes {
      switch node.op {
      case .identity, .dropout: rewriter.replace(node.output, by: rewriter[node.inputs[0]])
      default: rewriter.keep(node)
      }
    }
    return rewriter.finished()
  }
}
