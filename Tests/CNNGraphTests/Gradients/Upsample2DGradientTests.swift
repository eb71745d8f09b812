import CNNGraph
import CNNSpec
import Testing

struct Upsample2DGradientTests {
  @Test(arguments: [Upsample2D.Mode.nearest, .bilinear])
  func `the gradient is that of finite differences`(mode: Upsample2D.Mode) throws {
    for factor in [Size2D(1), Size2D(2), Size2D(height: 3, width: 1), Size2D(height: 2, width: 5)] {
      let op = Upsample2D(factor: factor, mode: mode)
      for shape in [Shape(1, 1, 1), Shape(2, 3, 4), Shape(1, 1, 3)] {
        try GradientChecker.check(op, as: .upsample2d(op), on: [shape])
      }
    }
  }
}
