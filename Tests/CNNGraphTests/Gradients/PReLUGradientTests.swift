import CNNGraph
import Testing

struct PReLUGradientTests {
  @Test(arguments: [Shape(1, 1, 1), Shape(3, 4, 5)])
  func `the gradients are those of finite differences`(shape: Shape) throws {
    try GradientChecker.check(PReLU(), as: .prelu(PReLU()), on: [shape], batch: 3)
  }
}
