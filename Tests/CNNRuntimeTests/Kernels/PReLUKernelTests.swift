import CNNGraph
import Testing

struct PReLUKernelTests {
  @Test(arguments: [Shape(1, 1, 1), Shape(3, 5, 7), Shape(15, 2, 3), Shape(16, 4, 4), Shape(17, 1, 9)])
  func `the kernel computes the reference, in place too`(shape: Shape) throws {
    try KernelChecker.check(PReLU(), on: [shape], batch: 3)
    try KernelChecker.check(PReLU(), on: [shape], batch: 3, inPlace: 0)
  }
}
