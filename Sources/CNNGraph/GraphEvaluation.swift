extension Graph {
  /// Runs the naive reference of every node in order: the truth that passes and plans are compared with.
  /// - Parameters:
  ///   - inputs: a tensor `[N, C, H, W]` for each of the graph's inputs, of one N.
  ///   - parameters: the tensor of a name in the weights file.
  /// - Returns: every value of the graph, inputs and parameters too.
  package func evaluate<Scalar: ReferenceScalar>(
    inputs: [ValueID: Tensor<Scalar>], parameters: (String) -> Tensor<Scalar>
  ) -> [ValueID: Tensor<Scalar>] {
    var values: [ValueID: Tensor<Scalar>] = [:]
    let batch = inputs.values.first?.batch ?? 1
    func define(_ id: ValueID, _ tensor: Tensor<Scalar>) {
      let value = self[id]
      let expected = (value.type.isBatched ? [batch] : []) + value.type.dimensions
      precondition(tensor.dimensions == expected, "\(value.name) is \(tensor.dimensions), not \(expected)")
      values[id] = tensor
    }
    func read(_ id: ValueID) -> Tensor<Scalar> {
      guard let tensor = values[id] else { preconditionFailure("no value for \(self[id].name)") }
      return tensor
    }
    for id in self.inputs {
      guard let tensor = inputs[id] else { preconditionFailure("no input \(self[id].name)") }
      define(id, tensor)
    }
    for id in self.parameters { define(id, parameters(self[id].name)) }
    for node in nodes {
      let results = node.op.implementation.evaluateAll(
        node.inputs.map(read), parameters: node.parameters.map(read))
      for (id, tensor) in zip(node.outputs, results) { define(id, tensor) }
    }
    return values
  }
}
