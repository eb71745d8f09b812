import CNNGraph
import Testing

struct RadialBasisGradientTests {
  @Test(arguments: [Shape(1, 1, 1), Shape(5, 1, 1), Shape(2, 3, 3)])
  func `the gradient is that of finite differences`(shape: Shape) throws {
    for units in [1, 4] {
      let op = RadialBasis(units: units)
      try GradientChecker.check(op, as: .radialBasis(op), on: [shape])
    }
  }
}
