import CNNGraph

extension Pass {
  /// Takes out nodes and parameters that no output and no assignment depends on. Inputs stay.
  package static let removeDeadCode = Pass("remove dead code") { graph in
    var isLive = Array(repeating: false, count: graph.values.count)
    for output in graph.outputs { isLive[output.value.index] = true }
    for assignment in graph.assignments {
      isLive[assignment.parameter.index] = true
      isLive[assignment.value.index] = true
    }
    for node in graph.nodes.reversed() where node.outputs.contains(where: { isLive[$0.index] }) {
      for operand in node.inputs + node.parameters { isLive[operand.index] = true }
    }
    var rewriter = GraphRewriter(graph, keeping: { isLive[$0.index] })
    for node in graph.nodes where node.outputs.contains(where: { isLive[$0.index] }) { rewriter.keep(node) }
    return rewriter.finished()
  }
}
