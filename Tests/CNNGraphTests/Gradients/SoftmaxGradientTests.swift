import CNNGraph
import Testing

struct SoftmaxGradientTests {
  @Test(arguments: [false, true])
  func `the gradient is that of finite differences`(isLogarithmic: Bool) throws {
    let op = Softmax(isLogarithmic: isLogarithmic)
    for shape in [Shape(1, 1, 1), Shape(5, 1, 1), Shape(3, 2, 3)] {
      try GradientChecker.check(op, as: .softmax(op), on: [shape], transform: { $0 * 3 })
    }
  }
}
