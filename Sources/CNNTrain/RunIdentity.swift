import CNN
import CNNEmbedding
import CNNGraph
import CNNSpec

/// What a run computes: the network, the data and the recipe, so that a resume goes on with the same or says
/// what differs.
package struct RunIdentity: Hashable, Sendable {
  /// By name, in the order in which differences are told.
  package var settings: [Setting]

  package struct Setting: Hashable, Sendable {
    package var name: String
    package var value: String
  }

  /// - Parameters:
  ///   - network: the graph as the spec says it.
  ///   - parts: how a step's batch is computed.
  ///   - instructionSet: of the kernels, which round differently.
  ///   - data: a fingerprint of the training images and their labels.
  package init(
    _ network: Graph, preprocessing: Preprocessing, recipe: TrainingRecipe, parts: String, data: String,
    instructionSet: String
  ) {
    settings = [
      Setting(name: "network", value: Self.fingerprint(network)),
      Setting(name: "preprocess", value: ContentHash("\(preprocessing)").description),
      Setting(name: "memory", value: parts), Setting(name: "instruction set", value: instructionSet),
    ]
    settings += [
      ("data", data), ("loss", recipe.loss.rawValue),
      ("label_smoothing", "\(recipe.labelSmoothing)"), ("epochs", "\(recipe.epochs)"),
      ("batch", "\(recipe.batch)"), ("optimizer", "\(recipe.optimizer)"),
      ("schedule", "\(recipe.schedule)"), ("warmup", "\(recipe.warmup)"),
      ("clip", recipe.clip.map { "\($0)" } ?? "none"), ("augment", "\(recipe.augmentations)"),
      ("initializer", recipe.initializer.rawValue),
      ("freeze", recipe.freeze.map(\.text).joined(separator: " ")),
      ("layer_rates", recipe.layerRates.map { "\($0.layer.text): \($0.factor)" }.joined(separator: ", ")),
      ("validation", "\(recipe.validation)"), ("seed", "\(recipe.seed)"),
    ].map { Setting(name: $0.0, value: $0.1) }
  }

  init(settings: [Setting]) { self.settings = settings }

  private static func fingerprint(_ graph: Graph) -> String {
    var text = ""
    for id in graph.valueIDs { text += "\(graph[id].name) \(graph[id].type)\n" }
    for node in graph.nodes {
      text += "\(node.op) \(node.inputs.map(\.index)) \(node.parameters.map(\.index))\n"
    }
    return ContentHash(text).description
  }

  /// The settings of which another run's differ, with its values.
  func differences(from other: RunIdentity) -> [(ours: Setting, theirs: String)] {
    settings.compactMap { setting in
      let theirs = other.settings.first { $0.name == setting.name }?.value
      return theirs == setting.value ? nil : (setting, theirs ?? "nothing")
    }
  }
}
