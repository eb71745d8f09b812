import CNNGraph
import Testing

struct ActivationTests {
  @Test(arguments: [
    (Activation.relu, -2.0, 0.0), (.relu, 3, 3), (.relu6, 8, 6), (.leakyReLU(slope: 0.01), -2, -0.02),
    (.elu(alpha: 2), -1, 2 * (0.36787944117144233 - 1)), (.sigmoid, 0, 0.5), (.tanh, 1, 0.7615941559557649),
    (.scaledTanh, 1.5, 1.7159 * 0.7615941559557649), (.gelu, 1, 0.8413447460685429),
    (.silu, 1, 0.7310585786300049), (.hardSigmoid, 1.5, 0.75), (.hardSigmoid, 4, 1), (.hardSwish, -3, 0),
    (.hardSwish, 1, 2.0 / 3),
  ])
  func `values of the functions`(activation: Activation, x: Double, expected: Double) {
    #expect(abs(activation.apply(x) - expected) < 1e-12)
  }

  @Test func `shape and cost`() {
    let shape = Shape(3, 4, 5)
    #expect(Activation.relu.outputShape(for: [shape]) == shape)
    #expect(Activation.relu.cost(for: [shape], output: shape).otherOperations.value == 60)
  }
}
