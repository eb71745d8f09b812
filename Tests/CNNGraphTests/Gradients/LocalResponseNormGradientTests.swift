import CNNGraph
import Testing

struct LocalResponseNormGradientTests {
  @Test(arguments: [1, 2, 3, 4, 5, 9], [0.75, 0.5, 1.3])
  func `the gradient is that of finite differences, for even sizes too`(size: Int, beta: Double) throws {
    let op = LocalResponseNorm(size: size, alpha: 0.4, beta: beta, k: 1.5)
    for shape in [Shape(1, 1, 1), Shape(6, 1, 3)] {
      try GradientChecker.check(op, as: .localResponseNorm(op), on: [shape])
    }
  }
}
