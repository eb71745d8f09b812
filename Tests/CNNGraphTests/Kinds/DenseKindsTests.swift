import CNNSpec
import Testing

@testable import CNNGraph

struct DenseKindsTests {
  static let examples = [
    ShapeExample("16x5x5", "fc(120)", "120x1x1"),
    ShapeExample("16x5x5", "fc(120, bias=no)", "120x1x1"),
    ShapeExample("16x5x5", "fc(2*channels)", "32x1x1"),
    ShapeExample("16x5x5", "fc(0)", "invalid-value"),
    ShapeExample("84x1x1", "rbf(10)", "10x1x1"),
    ShapeExample("2x3x4", "rbf(10)", "10x1x1"),
  ]

  @Test(arguments: examples) func `shapes`(_ example: ShapeExample) { example.check() }

  @Test func `a fully connected layer's counts`() throws {
    let layer = try CheckedSpec("16x5x5", "fc(120)").layer("fc1")
    #expect(layer.weights == 400 * 120)
    #expect(layer.biases == 120)
    #expect(layer.multiplications == 48_000)
    #expect(layer.connections == 48_120)
    #expect(layer.parameters.map(\.name) == ["fc1.weight", "fc1.bias"])
    #expect(layer.parameters.map(\.spec.dimensions) == [[120, 400], [120]])
    let plain = try CheckedSpec("16x5x5", "fc(120, bias=no)").layer("fc1")
    #expect((plain.biases, plain.connections) == (0, 48_000))
  }

  @Test func `the centres of radial basis units are a buffer`() throws {
    let spec = CheckedSpec("84x1x1", "rbf(10)")
    let layer = try spec.layer("rbf1")
    #expect(layer.parameterCount == 0)
    #expect(layer.buffers == 840)
    #expect(layer.connections == 840)
    #expect(layer.multiplications == 0)
    #expect(spec.network?.totals.buffers == 840)
  }
}
