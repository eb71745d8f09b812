import CNN
import CNNCaffe
import CNNDarknet
import CNNImport
import CNNONNX
import CNNSpec

/// Networks that are given as other programs' files.
enum ModelLoader {
  /// A format, as a file's name tells it: the ending of the file that has the network.
  private enum Format: String {
    case onnx
    case darknet = "cfg"
    case caffe = "prototxt"
    /// Weights alone.
    case caffeWeights = "caffemodel"

    init?(_ path: String) {
      guard let dot = path.lastIndex(of: "."), !path[dot...].contains("/") else { return nil }
      self.init(rawValue: path[path.index(after: dot)...].lowercased())
    }

    /// The ending of the file that has the weights, where the network's has none.
    var weightsEnding: String? {
      switch self {
      case .onnx, .caffeWeights: nil
      case .darknet: "weights"
      case .caffe: "caffemodel"
      }
    }
  }

  /// Whether the name of a spec is that of a model's file.
  static func isModel(_ name: String) -> Bool { Format(name) != nil && SpecInput.isFile(name) }

  /// What the weights of a model's network are called, if they are in a file of their own: `NET.weights`.
  static func weightsName(of path: String) -> String? {
    guard let format = Format(path), let ending = format.weightsEnding else { return nil }
    return path.dropLast(format.rawValue.count) + ending
  }

  /// The file that has a model's weights in its own format; nil where there is none.
  /// - Parameter named: what the user calls it; left out: the one beside the model.
  static func weightsFile(_ named: String?, of path: String) -> String? {
    guard let beside = weightsName(of: path) else { return nil }
    if let named { return named.hasSuffix(".safetensors") ? nil : named }
    return FileSystem.kind(of: beside) != nil ? beside : nil
  }

  /// The network of a file that somebody calls a model.
  /// - Parameter weights: the file that has its weights, if there is one and they are not in the model itself.
  /// - Throws: `unreadable-file`, `model-file`, `unsupported-model` or `weights-mismatch`.
  static func network(_ path: String, weights: String? = nil) throws(Diagnostics) -> ImportedNetwork {
    switch Format(path) {
    case .darknet: try ImportedNetwork(darknet: path, weights: weights)
    case .caffe: try ImportedNetwork(caffe: path, weights: weights)
    case .caffeWeights:
      throw Diagnostics(
        Diagnostic(
          .modelFile, "a caffemodel has the weights of a network, which its prototxt says", at: .file(path),
          help: ["give the prototxt: `cnnc import NET.prototxt --weights \(path) --output FOLDER`"]))
    // Whatever it is called, ONNX is what most models are.
    case .onnx, nil: try ImportedNetwork(onnx: path)
    }
  }
}
