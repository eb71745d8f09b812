import CNNGraph
import CNNSpec

extension CheckedNetwork {
  /// The names of the tensors that the optimizer changes: weights and biases of layers that the recipe does
  /// not freeze.
  package var trainedTensors: Set<String> {
    let frozen = spec.training.freeze.map(\.text)
    let layers = layers.filter { layer in !frozen.contains { LayerSelection.covers($0, layer.name) } }
    return Set(layers.flatMap(\.parameters).filter { $0.spec.role != .buffer }.map(\.name))
  }
}
