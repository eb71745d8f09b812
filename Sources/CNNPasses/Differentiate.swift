import CNNGraph

/// A graph with its backward half, and where the gradients are.
package struct DifferentiatedGraph: Sendable {
  package var graph: Graph
  /// The gradient of each value that was asked for and reaches the loss.
  package var gradients: [ValueID: ValueID]
}

extension Graph {
  /// Adds what computes the gradients of some values, by going back from a value whose gradient is known.
  ///
  /// Runs before anything is fused: every operator of the graph must be ``Differentiable``.
  /// - Parameters:
  ///   - values: parameters, mostly.
  ///   - gradient: d loss / d `output`, a value of the graph of the output's type.
  package func differentiated(
    withRespectTo values: [ValueID], from output: ValueID, gradient: ValueID
  ) -> DifferentiatedGraph {
    let wanted = reached(from: values)
    var builder = GradientBuilder(self) { wanted[$0.index] }
    guard let last = producer(of: output) else { return DifferentiatedGraph(graph: self, gradients: [:]) }
    builder.accumulate(gradient, for: output, in: self[last])
    for node in nodes.reversed() where node.outputs.contains(where: { wanted[$0.index] }) {
      guard let gradient = builder.gradient(of: node.output) else { continue }
      guard let operation = node.op.implementation as? any Differentiable else {
        preconditionFailure("\(node.op.name) has no gradient")
      }
      operation.addGradients(of: node, from: gradient, to: &builder)
    }
    var gradients: [ValueID: ValueID] = [:]
    for value in values { gradients[value] = builder.gradient(of: value) }
    builder.graph.verify(after: "differentiating")
    return DifferentiatedGraph(graph: builder.graph, gradients: gradients)
  }

  /// Which values depend on some of them.
  private func reached(from start: [ValueID]) -> [Bool] {
    var isReached = Array(repeating: false, count: values.count)
    for value in start { isReached[value.index] = true }
    for node in nodes where (node.inputs + node.parameters).contains(where: { isReached[$0.index] }) {
      for output in node.outputs { isReached[output.index] = true }
    }
    return isReached
  }
}
