import CNNGraph
import CNNPasses
import CNNPlan
import CNNRuntime
import CNNSpec
import Foundation
import Testing

@testable import CNN

/// The package's specs and the files of `Tests/Fixtures`.
enum Fixtures {
  static let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
    .joined(separator: "/")

  static func spec(_ name: String) -> String { "\(root)/specs/\(name).yaml" }
  static func zoo(_ name: String) -> String { "\(root)/Tests/Fixtures/zoo/\(name)" }

  /// The names of all specs of the package.
  static func specNames() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: root + "/specs").filter { $0.hasSuffix(".yaml") }
      .map { String($0.dropLast(5)) }.sorted()
  }

  /// A spec of the package; a family's member where one is chosen.
  static func model(_ name: String, where values: Family.Member = []) throws -> Model {
    try Model(SpecSource(path: spec(name)).report(where: values))
  }

  /// Whether the kernels are compiled for speed, so that large networks take seconds and not minutes.
  static var isOptimized: Bool {
    #if DEBUG
      false
    #else
      true
    #endif
  }
}

/// The numbers that the reference data was made with.
enum Formula {
  /// u(stream, i), in [0, 1).
  static func unit(_ stream: UInt64, _ index: Int) -> Double {
    var z = (UInt64(index) &+ 1) &* 0x9E37_79B9_7F4A_7C15 &+ stream &* 0xD134_2543_DE82_EF95
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    z ^= z >> 31
    return Double(z >> 40) / Double(1 << 24)
  }

  /// A batch of images.
  static func input(count: Int) -> [Float] { (0..<count).map { Float(2 * unit(1 << 32, $0) - 1) } }

  /// The tensors of a network whose layers are conv, fc and bn: those with parameters are counted from 0.
  static func weights(_ network: CheckedNetwork) throws -> Weights {
    var tensors: [NamedTensor] = []
    let layers = network.layers.filter { !$0.parameters.isEmpty }
    for (number, layer) in layers.enumerated() {
      for (name, spec) in layer.parameters {
        let count = spec.dimensions.reduce(1, *)
        let fanIn = spec.dimensions.dropFirst().reduce(1, *)
        let stream = UInt64(4 * number)
        let bound = (6 / Double(fanIn)).squareRoot()
        let isNorm = layer.layer.kind == "bn"
        let values: [Float] =
          switch spec.suffix {
          case "weight" where isNorm: (0..<count).map { Float(0.5 + unit(stream, $0)) }
          case "weight": (0..<count).map { Float((2 * unit(stream, $0) - 1) * bound) }
          case "bias": (0..<count).map { Float((2 * unit(stream + 1, $0) - 1) * 0.1) }
          case "running_mean": (0..<count).map { Float((2 * unit(stream + 2, $0) - 1) * 0.1) }
          default: (0..<count).map { Float(0.5 + unit(stream + 3, $0)) }
          }
        tensors.append(NamedTensor(name, spec.dimensions, values))
      }
    }
    return try Weights(tensors)
  }
}
