import CNN
import CNNImport
import CNNONNX
import CNNSpec

/// Networks that are given as other programs' files.
enum ModelLoader {
  /// A format, as a file's name tells it.
  private enum Format: String {
    case onnx

    init?(_ path: String) {
      guard let dot = path.lastIndex(of: "."), !path[dot...].contains("/") else { return nil }
      self.init(rawValue: String(path[path.index(after: dot)...]))
    }
  }

  /// Whether the name of a spec is that of a model's file.
  static func isModel(_ name: String) -> Bool { Format(name) != nil && SpecLoader.isFile(name) }

  /// The network of a file that somebody calls a model.
  /// - Throws: `unreadable-file`, `model-file` or `unsupported-model`.
  static func network(_ path: String) throws(Diagnostics) -> ImportedNetwork {
    switch Format(path) {
    // Whatever it is called, ONNX is what most models are.
    case .onnx, nil: try ImportedNetwork(onnx: path)
    }
  }
}
