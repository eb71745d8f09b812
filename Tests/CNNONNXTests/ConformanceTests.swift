import CNN
import CNNImport
import CNNONNX
import CNNProtobuf
import CNNSpec
import Foundation
import Testing

/// ONNX's own test cases: a model, inputs and outputs. The network's input is the model's first; the other inputs, which
/// the cases of single operators have in place of initializers, are constants.
struct ConformanceTests {
  enum Outcome: Equatable {
    case passed
    /// The importer's words.
    case refused(String)
    case failed(String)
  }

  /// The folder of Debian's package libonnx-testdata.
  static let folder = "/usr/share/libonnx-testdata/data"
  static let hasData = FileManager.default.fileExists(atPath: folder)
  static let needsData = ProcessInfo.processInfo.environment["CNNC_REQUIRE_DATA"] != nil

  private static func tensor(_ path: String) throws -> TensorProto {
    try TensorProto(from: ProtobufReader(ByteSlice(try FileSystem.read(path))))
  }

  /// Imports a case's model and runs its first data set.
  static func outcome(of folder: String) throws -> Outcome {
    let file = try ModelFile(path: folder + "/model.onnx")
    let data = folder + "/test_data_set_0"
    let initializers = Set(file.model.graph.initializers.map(\.name))
    let inputs = file.model.graph.inputs.map(\.name).filter { !initializers.contains($0) }
    var constants: [String: TensorProto] = [:]
    var first: TensorProto?
    for (index, name) in inputs.enumerated() {
      let path = data + "/input_\(index).pb"
      // Inputs that are no tensors, and left out ones.
      guard FileSystem.kind(of: path) == .file, let tensor = try? tensor(path) else { continue }
      if index == 0 { first = tensor } else { constants[name] = tensor }
    }
    do throws(Diagnostics) {
      let network = try ImportedNetwork(file, constants: constants)
      guard let first else { return .refused("no input") }
      return .init(
        try compare(network, first, file.model.graph.outputs.indices.map { data + "/output_\($0).pb" }))
    } catch {
      return .refused(error.description)
    }
  }

  /// What is wrong with a network's results, or nil.
  private static func compare(
    _ network: ImportedNetwork, _ input: TensorProto, _ outputs: [String]
  ) throws(Diagnostics) -> String? {
    guard let weights = try network.weights() else { return "it has no weights" }
    let model = try Model(network.source.report())
    let compiled = try model.compile(weights: .tensors(weights), batch: input.dimensions.first ?? 1)
    var session = try compiled.makeSession()
    _ = try session.run(values(of: input))
    for (path, name) in zip(outputs, model.outputNames) {
      guard let expected = try? tensor(path) else { return "no \(path)" }
      let (wanted, found) = (values(of: expected), try session.output(name))
      guard wanted.count == found.count else { return "\(found.count) numbers, expected \(wanted.count)" }
      // What onnx's own runner allows.
      for (a, b) in zip(found, wanted) where !(abs(a - b) <= 1e-7 + 1e-3 * abs(b)) && !(a == b) {
        return "\(a), expected \(b)\n\(network.spec)"
      }
    }
    return nil
  }

  private static func values(of tensor: TensorProto) -> [Float] {
    switch tensor.content {
    case .raw(let bytes) where tensor.elementType == .float: bytes.elements(as: Float.self)
    case .floats(let parts): parts.flatMap { $0.elements(as: Float.self) }
    case .raw, .none, .doubles, .integers, .external, .other: []
    }
  }

  struct Tally: Equatable, CustomStringConvertible {
    var passed: [String] = []
    var refused: [(String, String)] = []
    var failed: [(String, String)] = []

    static func == (a: Tally, b: Tally) -> Bool { a.description == b.description }
    var description: String { "\(passed.count) passed, \(refused.count) refused, \(failed.count) failed" }
  }

  static func tally(_ folder: String) throws -> Tally {
    var tally = Tally()
    for name in try FileSystem.names(in: folder)
    where FileSystem.kind(of: "\(folder)/\(name)/model.onnx") == .file {
      switch try outcome(of: "\(folder)/\(name)") {
      case .passed: tally.passed.append(name)
      case .refused(let why): tally.refused.append((name, why))
      case .failed(let why): tally.failed.append((name, why))
      }
    }
    return tally
  }

  @Test(
    .enabled(if: hasData || needsData, "libonnx-testdata is not installed"),
    arguments: [
      ("node", 115, 817), ("simple", 1, 22), ("pytorch-converted", 54, 28), ("pytorch-operator", 10, 25),
    ])
  func `cases of Debian's package`(kind: String, passed: Int, refused: Int) throws {
    let tally = try Self.tally("\(Self.folder)/\(kind)")
    print("ONNX \(kind): \(tally)")
    #expect(tally.failed.isEmpty, "\(tally.failed)")
    #expect(tally.passed.count == passed && tally.refused.count == refused, "\(tally)")
    #expect(tally.refused.allSatisfy { $0.1.contains("error[unsupported-model]") }, "\(tally.refused)")
  }

  // MARK: The cases of the `onnx` wheel, which `.ci/onnx-cases` makes

  /// Where they are; they are newer than Debian's.
  static let newer = ProcessInfo.processInfo.environment["CNNC_ONNX_CASES"]

  @Test(.enabled(if: newer != nil, "CNNC_ONNX_CASES names no folder")) func `cases of the wheel`() throws {
    let tally = try Self.tally(try #require(Self.newer) + "/node")
    print("ONNX node, wheel: \(tally)")
    if ProcessInfo.processInfo.environment["CNNC_VERBOSE"] != nil {
      for name in tally.passed { print("passed \(name)") }
      for (name, why) in tally.refused { print("refused \(name): \(why)") }
    }
    #expect(tally.failed.isEmpty, "\(tally.failed)")
  }

  /// The largest difference from the stored output over its largest value. The wheel's runner makes the input: i / count.
  private static func difference(ofLight path: String) throws -> Float {
    let network = try ImportedNetwork(onnx: path)
    let model = try Model(network.source.report())
    let compiled = try model.compile(weights: .tensors(#require(try network.weights())))
    var session = try compiled.makeSession()
    let count = model.network.input.count
    _ = try session.run((0..<count).map { Float(Double($0) / Double(count)) })
    let expected = values(of: try tensor(path.dropLast(".onnx".count) + "_output_0.pb"))
    let found = try session.output(model.outputNames[0])
    try #require(found.count == expected.count)
    let largest = try #require(expected.map(abs).max())
    return zip(found, expected).reduce(0) { max($0, abs($1.0 - $1.1)) } / largest
  }

  @Test(
    .enabled(if: newer != nil, "CNNC_ONNX_CASES names no folder"),
    arguments: [
      "bvlc_alexnet", "densenet121", "inception_v1", "inception_v2", "resnet50", "shufflenet", "squeezenet",
      "vgg19", "zfnet512",
    ]) func `classic networks of the wheel`(name: String) throws
  {
    let difference = try Self.difference(ofLight: try #require(Self.newer) + "/light/light_\(name).onnx")
    print("ONNX light \(name): largest difference over largest value \(difference)")
    #expect(difference < 1e-5)
  }
}

extension ConformanceTests.Outcome {
  fileprivate init(_ wrong: String?) { self = wrong.map { .failed($0) } ?? .passed }
}
