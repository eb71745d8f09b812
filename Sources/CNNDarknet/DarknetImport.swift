import CNNImport
import CNNSpec

extension ImportedNetwork {
  /// The network of a Darknet `.cfg` file.
  /// - Parameters:
  ///   - path: the `.cfg` file.
  ///   - weights: its `.weights` file; nil for the network alone.
  /// - Throws: `unreadable-file`, `file-too-large`, `model-file` or `unsupported-model`.
  package init(darknet path: String, weights: String? = nil) throws(Diagnostics) {
    let configuration = try Configuration(SourceText(ofModel: path))
    var file: DarknetWeights?
    if let weights { file = try DarknetWeights(path: weights) }
    try self.init(darknet: configuration, file)
  }

  /// - Throws: `model-file` or `unsupported-model`.
  package init(darknet configuration: Configuration, _ weights: DarknetWeights? = nil) throws(Diagnostics) {
    try self.init(
      GraphReader.graph(of: configuration, weights), path: configuration.text.name, format: "Darknet")
  }
}
