/// Why an embedded network cannot be made or fed: what was expected, and what was found.
public enum EmbeddingError: Error, Hashable, Sendable {
  /// A weights file cannot be read; the system's words.
  case unreadableFile(path: String, reason: String)
  /// A file that no `cnnc emit` has made.
  case noWeightsFile(path: String)
  /// Weights of another network: fingerprints of names and shapes of the tensors.
  case otherNetwork(path: String, expected: String, found: String)
  /// A file that has been cut or added to: bytes.
  case weightsSize(path: String, expected: Int, found: Int)
  /// A file whose bytes have changed, or other weights than those that the source was made with: hashes.
  case weightsHash(path: String, expected: String, found: String)
  /// Bytes that are no safetensors file of the network's weights: what was expected, what was found.
  case safetensors(reason: String)
  /// A label that is none of the network's classes, which count from 0.
  case noClass(label: Int, classes: Int)
  /// A learning rate that is negative or not finite.
  case learningRate(Float)
  /// A loss that is not finite in a training step, counted from 1. No weight has changed in that step, but the running
  /// statistics of batch norms may have: whoever goes on starts again from weights that were saved before, with a
  /// smaller learning rate.
  case divergence(step: Int)
  /// An input of another size: `pixels`, `values`, `labels` or `targets`.
  case inputCount(of: String, expected: Int, found: Int)
  /// Memory that the machine has not or does not give: bytes.
  case memory(bytes: Int, reason: String)
  /// Threads that the system does not start.
  case threads(Int)
  /// The environment's `CNNC_ISA` is no instruction set of this machine.
  case instructionSet(available: [String])
}

extension EmbeddingError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .unreadableFile(let path, let reason): "\(path): cannot be read: \(reason)"
    case .noWeightsFile(let path):
      "\(path): expected a weights file made by `cnnc emit`, found something else"
    case .otherNetwork(let path, let expected, let found):
      "\(path): expected the weights of network \(expected), found those of network \(found)"
    case .weightsSize(let path, let expected, let found):
      "\(path): expected \(expected) bytes, found \(found)"
    case .weightsHash(let path, let expected, let found):
      "\(path): expected weights with the hash \(expected), found \(found)"
    case .safetensors(let reason): "the safetensors: \(reason)"
    case .noClass(let label, let classes): "expected classes from 0 to \(classes - 1), found \(label)"
    case .learningRate(let rate): "expected a learning rate of at least 0, found \(rate)"
    case .divergence(let step):
      "the loss of step \(step) is not finite: start again from saved weights, with a smaller learning rate"
    case .inputCount(let what, let expected, let found): "expected \(expected) \(what), found \(found)"
    case .memory(let bytes, let reason): "\(bytes) bytes of memory are needed: \(reason)"
    case .threads(let count): "expected a number of threads that the system starts, found \(count)"
    case .instructionSet(let available):
      "expected CNNC_ISA to be one of \(available.joined(separator: ", ")), or nothing"
    }
  }
}
