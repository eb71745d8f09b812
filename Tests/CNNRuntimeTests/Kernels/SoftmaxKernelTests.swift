import CNNGraph
import Testing

struct SoftmaxKernelTests {
  @Test(arguments: [false, true])
  func `shapes, in place too`(isLogarithmic: Bool) throws {
    let softmax = Softmax(isLogarithmic: isLogarithmic)
    for shape in [
      Shape(1, 1, 1), Shape(1000, 1, 1), Shape(3, 5, 7), Shape(2, 1, 255), Shape(2, 1, 256),
      Shape(2, 1, 257),
    ] {
      try KernelChecker.check(softmax, on: [shape], batch: 3)
      try KernelChecker.check(softmax, on: [shape], inPlace: 0)
    }
  }

  @Test func `large numbers do not overflow`() throws {
    let x = Tensor<Float>([1, 2, 1, 1], [10000, 10000])
    #expect(try KernelChecker.run(Softmax(), [x]) == [0.5, 0.5])
    let logarithms = try KernelChecker.run(Softmax(isLogarithmic: true), [x])
    #expect(logarithms.allSatisfy { abs($0 + 0.6931472) < 1e-6 })
  }
}
