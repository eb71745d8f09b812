import CNN
import CNNCaffe
import CNNDarknet
import CNNEmbedding
import CNNGraph
import CNNImport
import CNNONNX
import CNNRuntime
import CNNSpec

/// The readers of files that others wrote, as a fuzzer calls them. Whatever the bytes are, each ends with a result or a
/// diagnostic; a trap, a hang or an access out of range is a fault of ours.
package enum FuzzReader: String, CaseIterable, Sendable {
  /// A spec in YAML or JSON, and what it says, planned and run where that is cheap.
  case spec
  /// An ONNX model, its spec and its numbers.
  case onnx
  /// Weights, and a state dict.
  case safetensors
  /// Darknet's network and, after a NUL, its weights.
  case darknet
  /// Caffe's network and, after a NUL, its weights.
  case caffe

  package func read(_ bytes: [UInt8]) {
    do throws(Diagnostics) {
      switch self {
      case .spec: try Self.run(Model(bytes: bytes, name: "fuzz.yaml"), .random(seed: 1))
      case .onnx: try Self.run(ImportedNetwork(ModelFile(bytes: bytes, name: "fuzz.onnx")))
      case .safetensors: try Self.readWeights(bytes)
      case .darknet:
        let (network, weights) = Self.parts(of: bytes)
        let configuration = try Configuration(SourceText(name: "fuzz.cfg", bytes: network))
        let file: DarknetWeights? =
          if let weights { try DarknetWeights(bytes: weights, name: "fuzz.weights") } else { nil }
        try Self.run(ImportedNetwork(darknet: configuration, file))
      case .caffe:
        let (network, weights) = Self.parts(of: bytes)
        let model: CaffeModel? =
          if let weights { try CaffeModel(bytes: weights, name: "fuzz.caffemodel") } else { nil }
        let text = SourceText(name: "fuzz.prototxt", bytes: network)
        try Self.run(ImportedNetwork(caffe: text, model: model))
      }
    } catch {
      for finding in error.all { precondition(!finding.message.isEmpty, "a finding without words") }
    }
  }

  /// Two files in one: what stands before the first NUL, and what behind it.
  private static func parts(of bytes: [UInt8]) -> (network: [UInt8], weights: [UInt8]?) {
    guard let end = bytes.firstIndex(of: 0) else { return (bytes, nil) }
    return (Array(bytes[..<end]), Array(bytes[(end + 1)...]))
  }

  private static func run(_ network: ImportedNetwork) throws(Diagnostics) {
    let model = try Model(network.source.report())
    let cost = model.network.totals
    guard cost.parameters < 1 << 16, let weights = try network.weights() else { return }
    try run(model, .tensors(weights))
  }

  /// Runs networks that cost next to nothing.
  private static func run(_ model: Model, _ weights: WeightsSource) throws(Diagnostics) {
    let cost = model.network.totals
    guard cost.parameters < 1 << 16, cost.multiplications < 1 << 18, cost.otherOperations < 1 << 18,
      cost.activationBytes < 1 << 20, model.network.layers.count < 64
    else { return }
    var session = try model.compile(weights: weights).makeSession()
    let count = model.network.input.count
    _ = try session.run((0..<count).map { Float($0 % 7) / 7 })
  }

  private static let small = "input: 1x4x4\nnetwork: conv(2, 3x3) - bn - relu - fc(3)\n"

  private static func readWeights(_ bytes: [UInt8]) throws(Diagnostics) {
    let dict = StateDict(
      try SafetensorsFile(bytes: bytes, name: "fuzz.safetensors", types: StateDict.elementTypes))
    let source = SpecSource(text: SourceText(name: "fuzz.yaml", small), folder: ".")
    let (network, _) = try source.report().single()
    for order in StateDict.Order.allCases {
      _ = try? StateDictMatch(dict, network, by: order)
    }
    for tensor in dict.file.tensors { _ = dict.values(of: tensor) }
    let file = try SafetensorsFile(bytes: bytes, name: "fuzz.safetensors")
    for tensor in file.tensors { precondition(file.values(of: tensor).count == tensor.range.count / 4) }
    try run(Model(text: small), .tensors(Weights(file)))
  }
}
