import CNNGraph
import CNNSpec
import Testing

struct LocalResponseNormTests {
  /// PyTorch's alpha is `size` times ours.
  @Test(arguments: [
    (
      LocalResponseNorm(size: 5, alpha: 0.1, beta: 0.75, k: 2),
      [-1.43140686, 0.428508073, -0.424433529, 1.25737429, 0.264156312, -0.835313022]
    ),
    (
      LocalResponseNorm(size: 4, alpha: 0.1, beta: 0.5, k: 2),
      [-2.25876975, 0.868744493, -0.716114819, 2.15165734, 0.411693484, -1.27920425]
    ),
  ])
  func `odd and even sizes, against PyTorch`(norm: LocalResponseNorm, expected: [Double]) {
    let x = integers([1, 6, 1, 1], step: 7, modulus: 11)
    #expect(isClose(norm.evaluate([x], parameters: []).elements, expected))
  }

  @Test func `shape and cost`() {
    let (norm, shape) = (LocalResponseNorm(size: 5, alpha: 1e-4, beta: 0.75, k: 2), Shape(3, 2, 2))
    #expect(norm.outputShape(for: [shape]) == shape)
    #expect(norm.cost(for: [shape], output: shape).otherOperations.value == 12 * 13)
    #expect(LocalResponseNorm(size: 0, alpha: 1, beta: 1, k: 1).outputShape(for: [shape]) == nil)
  }
}
