import CNNGraph
import Testing

struct ActivationKernelTests {
  static let all: [Activation] = [
    .relu, .relu6, .leakyReLU(slope: 0.01), .elu(alpha: 1.5), .sigmoid, .tanh, .scaledTanh, .gelu, .silu,
    .hardSigmoid, .hardSwish,
  ]

  @Test(arguments: all)
  func `the kernel computes the reference, in place too`(activation: Activation) throws {
    for shape in [Shape(1, 1, 1), Shape(3, 5, 7), Shape(17, 4, 4)] {
      try KernelChecker.check(activation, on: [shape])
      try KernelChecker.check(activation, on: [shape], inPlace: 0)
    }
  }
}
