import CNNSpec

/// A checked network as a graph: each layer's operators, with its tensors as parameters.
package enum GraphBuilder {
  /// - Parameters:
  ///   - network: without errors.
  ///   - outputs: layers to return besides, or instead of, the network's own; nil for its own.
  package static func build(
    _ network: CheckedNetwork, outputs: [(name: String, value: LayerInput)]? = nil
  ) -> Graph {
    var graph = Graph(name: network.spec.name)
    let input = graph.addInput("input", .activation(network.input))
    var values: [ValueID] = []
    func value(_ source: LayerInput) -> ValueID {
      switch source {
      case .network: return input
      case .layer(let index): return values[index]
      case .unknown: preconditionFailure("the network has errors")
      }
    }
    for layer in network.layers {
      let parameters = layer.parameters.map { graph.addParameter($0.name, .parameter($0.spec.dimensions)) }
      var unused = parameters[...]
      var inputs = layer.inputs.map(value)
      for (index, op) in layer.operators.enumerated() {
        guard let operation = op.implementation as? any LayerOperator else {
          preconditionFailure("\(op) is no layer's")
        }
        let count = operation.parameters(for: inputs.map { graph[$0].type.shape }).count
        let isLast = index == layer.operators.count - 1
        inputs = graph.addNode(
          op, inputs: inputs, parameters: Array(unused.prefix(count)),
          outputNames: [isLast ? layer.name : "\(layer.name).\(operation.word)"], layers: [layer.name],
          range: layer.layer.range)
        unused = unused.dropFirst(count)
      }
      values.append(inputs[0])
    }
    graph.outputs = (outputs ?? network.outputs).map { Graph.Output(name: $0.name, value: value($0.value)) }
    graph.verify(after: "building")
    return graph
  }
}

extension Operator {
  fileprivate var word: String { Self.name }
}
