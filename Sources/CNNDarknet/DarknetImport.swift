import CNNImport
import CNNSpec

extension ImportedNetwork {
  /// The network of a Darknet `.cfg` file.
  /// - Parameters:
  ///   - path: the `.cfg` file.
  ///   - weights: its `.weights` file; nil for the network alone.
  /// - Throws: `unreadable-file`, `model-file` or `unsupported-model`.
  package init(darknet path: String, weights: String? = nil) throws(Diagnostics) {
    let bytes: [UInt8]
    do throws(FileError) {
      bytes = try FileSystem.read(path, limit: SpecLimits.bytes)
    } catch {
      throw error.diagnostics
    }
    let configuration = try Configuration(SourceText(name: path, bytes: bytes))
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
