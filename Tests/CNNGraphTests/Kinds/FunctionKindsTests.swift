import CNNSpec
import Testing

@testable import CNNGraph

struct FunctionKindsTests {
  @Test(arguments: [
    ("relu", Activation.relu), ("relu6", .relu6), ("leaky_relu", .leakyReLU(slope: 0.01)),
    ("leaky_relu(0.2)", .leakyReLU(slope: 0.2)), ("leaky_relu(slope=1/4)", .leakyReLU(slope: 0.25)),
    ("elu", .elu(alpha: 1)), ("elu(0.5)", .elu(alpha: 0.5)), ("sigmoid", .sigmoid), ("tanh", .tanh),
    ("scaled_tanh", .scaledTanh), ("gelu", .gelu), ("silu", .silu), ("hardsigmoid", .hardSigmoid),
    ("hardswish", .hardSwish),
  ])
  func `functions keep the shape and cost one operation an element`(
    layer: String, activation: Activation
  ) throws {
    let spec = CheckedSpec("3x4x5", layer)
    #expect(spec.result == "3x4x5")
    let checked = try #require(spec.network?.layers.first)
    #expect(checked.operators == [.activation(activation)])
    #expect(checked.otherOperations == 60)
    #expect(checked.parameterCount == 0)
    #expect(checked.activationBytes == 240)
  }

  @Test func `prelu learns a slope a channel`() throws {
    let layer = try CheckedSpec("3x4x5", "prelu").layer("prelu1")
    #expect(layer.parameters.map(\.name) == ["prelu1.weight"])
    #expect(layer.parameterCount == 3)
  }

  @Test func `softmax runs over the channels`() throws {
    let layer = try CheckedSpec("3x4x5", "softmax").layer("softmax1")
    #expect(layer.operators == [.softmax(Softmax(isLogarithmic: false))])
    #expect(layer.otherOperations == 5 * 60)
    let logarithm = try CheckedSpec("3x4x5", "log_softmax").layer("log_softmax1")
    #expect(logarithm.operators == [.softmax(Softmax(isLogarithmic: true))])
    #expect(logarithm.otherOperations == 5 * 60 + 20)
  }
}
