import CNNGraph
import CNNSpec

/// The proof that a written spec is the network that was imported. What it finds would be a mistake of ours.
enum SpecProof {
  /// Every layer of the model is there once, of its kind, shape and parameters, and reads what it reads in the model.
  static func prove(_ network: CheckedNetwork, _ written: SpecWriter.Result, _ graph: ImportedGraph) {
    let order = written.order
    precondition(
      network.layers.map(\.outputShape) == order.map { graph.layers[$0].shape },
      "the spec has other shapes than the model:\n\(written.text)")
    var places = [Int?](repeating: nil, count: graph.layers.count)
    for (place, index) in order.enumerated() { places[index] = place }
    func value(_ source: ImportedLayer.Source) -> LayerInput? {
      switch source {
      case .input: return .network
      case .layer(let index):
        if let place = places[index] { return .layer(place) }
        // An `identity` that nobody needed is not there.
        return graph.layers[index].kind == "identity" ? value(graph.layers[index].inputs[0]) : nil
      }
    }
    let identities = graph.layers.indices.filter { places[$0] == nil }
    precondition(
      identities.count + order.count == graph.layers.count
        && identities.allSatisfy { graph.layers[$0].kind == "identity" },
      "the spec has not the layers of the model:\n\(written.text)")
    for (layer, index) in zip(network.layers, order) {
      let model = graph.layers[index]
      let expected = model.tensors.map { ("\(layer.name).\($0.suffix)", $0.dimensions) }
      precondition(
        layer.layer.kind == model.kind
          && expected.elementsEqual(layer.parameters.map { ($0.name, $0.spec.dimensions) }, by: ==),
        "the spec has other layers than the model:\n\(written.text)")
      if let reference = model.reference {
        precondition(
          layer.layer.arguments.values.contains { argument in
            if case .layer(let found) = argument.value { found == value(reference) } else { false }
          }, "the spec's `\(layer.name)` refers to another layer than the model's:\n\(written.text)")
      }
      let inputs = layer.layer.inputs
      precondition(
        zip(inputs, model.inputs).allSatisfy { $0 == value($1) }
          && (inputs.count == model.inputs.count || !KindTable.joinNames.contains(model.kind)),
        "the spec's `\(layer.name)` reads \(inputs), not \(model.inputs.map(value)):\n\(written.text)")
    }
    precondition(
      network.outputs.map { Optional($0.value) } == graph.outputs.map(value),
      "the spec has other outputs than the model:\n\(written.text)")
  }

  /// Whether every layer is called as it must be, a block's name before its layers' set off by a point or not.
  static func keepsNames(
    _ network: CheckedNetwork, _ written: SpecWriter.Result, _ graph: ImportedGraph
  ) -> Bool {
    zip(network.layers, written.order).allSatisfy { layer, index in
      graph.layers[index].label.map { HintParts.plain($0) == HintParts.plain(layer.name) } ?? true
    }
  }

  /// Each layer computes what the same layer does in another spec of the network: its stride and all other arguments.
  static func prove(
    _ network: CheckedNetwork, _ written: SpecWriter.Result, computesAs plain: CheckedNetwork,
    _ flat: SpecWriter.Result
  ) {
    var operators: [Int: [Op]] = [:]
    for (layer, index) in zip(plain.layers, flat.order) { operators[index] = layer.operators }
    precondition(
      zip(network.layers, written.order).allSatisfy { $0.operators == operators[$1] },
      "the spec has other arguments than the model:\n\(written.text)")
  }
}
