import CNNImport
import CNNSpec

extension ImportedNetwork {
  /// The network of an ONNX file.
  /// - Throws: `unreadable-file`, `model-file` or `unsupported-model`.
  package init(onnx path: String) throws(Diagnostics) { try self.init(ModelFile(path: path)) }

  /// - Parameter constants: inputs of the model that are given a value, so that they are no inputs of the network.
  /// - Throws: `model-file` or `unsupported-model`.
  package init(_ file: ModelFile, constants: [String: TensorProto] = [:]) throws(Diagnostics) {
    let version = file.model.operatorSet.map { "opset \($0)" } ?? "ONNX"
    try self.init(GraphReader.graph(of: file, constants: constants), path: file.path, format: version)
  }
}
