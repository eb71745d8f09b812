import CNNGraph
import Testing

struct RadialBasisKernelTests {
  @Test(arguments: [1, 7, 8, 9, 84])
  func `sizes`(depth: Int) throws {
    for units in [1, 10] {
      try KernelChecker.check(RadialBasis(units: units), on: [Shape(depth, 1, 1)], batch: 3)
    }
    try KernelChecker.check(RadialBasis(units: 3), on: [Shape(2, depth, 3)])
  }
}
