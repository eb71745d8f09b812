import CNNGraph
import CNNSpec

/// The layers that the network of a model's file becomes, whatever the file's format.
package struct ImportedGraph: Sendable {
  /// What the network takes of one image.
  package let input: Shape
  package private(set) var layers: [ImportedLayer]
  /// What it returns, in the model's order.
  package private(set) var outputs: [ImportedLayer.Source]
  /// How an image becomes the input; nil where the format says nothing of it.
  package let preprocessing: Preprocessing?
  /// What whoever imports it should know, each a sentence without a full stop.
  package let notes: [String]

  package init(
    input: Shape, layers: [ImportedLayer], outputs: [ImportedLayer.Source],
    preprocessing: Preprocessing? = nil,
    notes: [String] = []
  ) {
    self.preprocessing = preprocessing
    self.notes = notes
    self.input = input
    self.layers = layers
    self.outputs = outputs
    nameInput()
  }

  /// Whether the file had numbers for the layers' tensors.
  package var hasWeights: Bool { layers.allSatisfy { $0.tensors.allSatisfy { $0.values != nil } } }

  /// Puts an `identity` first where others than the first layer read the network's input: labels name layers only.
  private mutating func nameInput() {
    let readers = layers.indices.filter { layers[$0].inputs.contains(.input) }
    guard readers.count > 1 || readers.first.map({ $0 > 0 || layers[0].inputs.count > 1 }) ?? false else {
      return
    }
    func moved(_ source: ImportedLayer.Source) -> ImportedLayer.Source {
      switch source {
      case .input: .layer(0)
      case .layer(let index): .layer(index + 1)
      }
    }
    for index in layers.indices { layers[index].inputs = layers[index].inputs.map(moved) }
    outputs = outputs.map(moved)
    layers.insert(ImportedLayer("identity", of: [.input], shape: input), at: 0)
  }
}
