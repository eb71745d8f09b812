import CNNImport
import CNNSpec

extension ImportedNetwork {
  /// The network of a prototxt.
  /// - Parameter weights: the caffemodel with its weights; nil for a spec alone.
  /// - Throws: `unreadable-file`, `file-too-large`, `model-file`, `unsupported-model` or `weights-mismatch`.
  package init(caffe path: String, weights: String? = nil) throws(Diagnostics) {
    let text = try SourceText(ofModel: path)
    let model: CaffeModel? = if let weights { try CaffeModel(path: weights) } else { nil }
    try self.init(caffe: text, model: model)
  }

  /// - Parameter text: named after its file.
  /// - Throws: `model-file`, `unsupported-model` or `weights-mismatch`.
  package init(caffe text: SourceText, model: CaffeModel? = nil) throws(Diagnostics) {
    let graph = try NetReader.graph(of: NetDefinition(text), model: model)
    try self.init(graph, path: text.name, format: "Caffe")
  }
}
