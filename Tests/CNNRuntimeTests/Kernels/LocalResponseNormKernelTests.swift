import CNNGraph
import Testing

struct LocalResponseNormKernelTests {
  @Test(arguments: [1, 2, 4, 5, 40])
  func `sizes and powers`(size: Int) throws {
    for beta in [0.75, 0.5, 1.3] {
      let norm = LocalResponseNorm(size: size, alpha: 0.5, beta: beta, k: 2)
      for shape in [Shape(1, 1, 1), Shape(3, 5, 7), Shape(17, 2, 2), Shape(2, 1, 257)] {
        try KernelChecker.check(norm, on: [shape], batch: 3)
      }
    }
  }
}
