import CNNGraph
import CNNSpec
import Testing

struct Upsample2DKernelTests {
  static let factors = [
    Size2D(1), Size2D(2), Size2D(3), Size2D(height: 1, width: 4), Size2D(height: 5, width: 2),
  ]
  static let shapes = [
    Shape(1, 1, 1), Shape(3, 5, 7), Shape(15, 1, 3), Shape(16, 4, 4), Shape(17, 7, 1),
  ]

  @Test(arguments: shapes, factors)
  func `the kernel computes the reference`(shape: Shape, factor: Size2D) throws {
    try KernelChecker.check(Upsample2D(factor: factor), on: [shape], batch: 3, tolerance: 0)
    try KernelChecker.check(Upsample2D(factor: factor, mode: .bilinear), on: [shape], batch: 3)
  }
}
