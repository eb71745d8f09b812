import CNNGraph
import CNNSpec

/// The tensors that the optimizer changes: weights and biases of all layers that are not frozen.
package struct TrainedTensors: Sendable {
  private let names: Set<String>

  /// - Throws: `unknown-label` for a frozen layer that there is not, `invalid-value` where nothing is left.
  package init(_ network: CheckedNetwork, recipe: TrainingRecipe) throws(Diagnostics) {
    let frozen = try LayerSelection(recipe.freeze, of: network, key: "`freeze`")
    _ = try LayerSelection(recipe.layerRates.map(\.layer), of: network, key: "`layer_rates`")
    var names: Set<String> = []
    for layer in network.layers where !frozen.contains(layer: layer.name) {
      for parameter in layer.parameters where parameter.spec.role != .buffer { names.insert(parameter.name) }
    }
    guard !names.isEmpty else {
      throw Diagnostics(
        Diagnostic(
          .invalidValue, "`\(network.spec.name)` has no tensor to train",
          at: recipe.freeze.first.map { .text($0.range) } ?? .none,
          help: recipe.freeze.isEmpty ? ["a network with parameters"] : ["freeze fewer layers"]))
    }
    self.names = names
  }

  package func contains(_ tensor: String) -> Bool { names.contains(tensor) }
}
