import CNNGraph
import Testing

struct ActivationGradientTests {
  @Test(arguments: [
    Activation.relu, .relu6, .leakyReLU(slope: 0.01), .elu(alpha: 1.5), .sigmoid, .tanh, .scaledTanh, .gelu,
    .silu, .hardSigmoid, .hardSwish,
  ])
  func `the gradient is that of finite differences`(activation: Activation) throws {
    // Up to 8, so that every branch is met; no random number comes near a kink.
    try GradientChecker.check(
      activation, as: .activation(activation), on: [Shape(3, 4, 5)], transform: { $0 * 8 })
  }
}
