import CNNGraph
import CNNSpec

/// The layers that the network of a model's file becomes, whatever the file's format.
package struct ImportedGraph: Sendable {
  /// What the network takes of one image.
  package let input: Shape
  package private(set) var layers: [ImportedLayer]
  /// What it returns, in the model's order.
  package private(set) var outputs: [ImportedLayer.Source]
  /// What the model calls its outputs, in their order; empty, or nil for one of them, where it does not.
  package var outputHints: [Hint?] = []
  /// The labels of the first output's channels, if the file has them.
  package var classes: [String]?
  /// How an image becomes the input, if the file says so.
  package var preprocessing: Preprocessing?
  /// What whoever imports it should know: what has been left out, and why.
  package var notes: [String] = []

  package init(input: Shape, layers: [ImportedLayer], outputs: [ImportedLayer.Source]) {
    self.input = input
    self.layers = layers
    self.outputs = outputs
    nameInput()
  }

  /// Whether the file had numbers for the layers' tensors.
  package var hasWeights: Bool { layers.allSatisfy { $0.tensors.allSatisfy { $0.values != nil } } }

  /// Lets a convolution read some of its input channels only.
  /// - Parameters:
  ///   - label: the layer's.
  ///   - table: for each filter the input channels that it reads.
  /// - Returns: whether there is such a convolution, of which all other weights are 0 already.
  package mutating func connect(_ label: String, _ table: [[Int]]) -> Bool {
    guard let index = layers.firstIndex(where: { $0.label == label && $0.kind == "conv" }),
      let weight = layers[index].tensors.first, let values = weight.values?.values()
    else { return false }
    let (filters, channels) = (weight.dimensions[0], weight.dimensions[1])
    let area = weight.dimensions[2] * weight.dimensions[3]
    guard table.count == filters, !layers[index].arguments.contains(where: { $0.name == "groups" }) else {
      return false
    }
    for (filter, read) in table.enumerated() {
      let kept = Set(read)
      guard kept.count == read.count, !kept.isEmpty, read.allSatisfy({ (0..<channels).contains($0) }) else {
        return false
      }
      for channel in 0..<channels where !kept.contains(channel) {
        let start = (filter * channels + channel) * area
        guard values[start..<start + area].allSatisfy({ $0 == 0 }) else { return false }
      }
    }
    layers[index].connections = table
    return true
  }

  /// Lets a layer read other values, which come before it, of the same content.
  mutating func setInputs(_ inputs: [ImportedLayer.Source], of index: Int) { layers[index].inputs = inputs }

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
    for index in layers.indices {
      layers[index].inputs = layers[index].inputs.map(moved)
      layers[index].reference = layers[index].reference.map(moved)
    }
    outputs = outputs.map(moved)
    layers.insert(ImportedLayer("identity", of: [.input], shape: input), at: 0)
  }
}
