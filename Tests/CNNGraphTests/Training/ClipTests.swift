import CNNGraph
import Testing

/// Clipping: the squares of each gradient, the factor of all, the gradients times it.
struct ClipTests {
  @Test func `squares by hand`() {
    let gradient = Tensor<Double>([2, 2], [1, -2, 3, 0.5])
    #expect(SquaredNorm().evaluateAll([], parameters: [gradient])[0].elements == [14.25])
  }

  // The norm of 9 + 16 is 5.
  @Test(arguments: [(10.0, 1.0), (5.1, 1), (2.5, 0.5), (0.001, 0.0002)])
  func `the factor makes the norm the limit, or leaves it`(limit: Double, factor: Double) {
    let squares = [Tensor<Double>([1], [9]), Tensor<Double>([1], [16])]
    let found = ClipFactor(limit: limit).evaluateAll([], parameters: squares)[0].elements
    #expect(isClose(found, [factor], tolerance: 1e-6))
    #expect(found[0] <= factor)
  }

  @Test func `gradients that are all zero stay`() {
    #expect(ClipFactor(limit: 1).evaluateAll([], parameters: [Tensor<Double>([1], [0])])[0].elements == [1])
  }

  @Test func `a gradient times a factor`() {
    let scaled = ScaleGradient().evaluateAll(
      [], parameters: [Tensor<Double>([3], [1, -2, 0]), Tensor([1], [0.5])])
    #expect(scaled[0].elements == [0.5, -1, 0])
  }

  @Test func `types`() {
    let (gradient, one) = (TensorType.parameter([4, 3]), TensorType.parameter([1]))
    #expect(SquaredNorm().outputTypes(inputs: [], parameters: [gradient]) == [one])
    #expect(SquaredNorm().outputTypes(inputs: [], parameters: [gradient, gradient]) == nil)
    #expect(ClipFactor(limit: 1).outputTypes(inputs: [], parameters: [one, one, one]) == [one])
    #expect(ClipFactor(limit: 1).outputTypes(inputs: [], parameters: []) == nil)
    #expect(ClipFactor(limit: 1).outputTypes(inputs: [], parameters: [gradient]) == nil)
    #expect(ScaleGradient().outputTypes(inputs: [], parameters: [gradient, one]) == [gradient])
    #expect(ScaleGradient().outputTypes(inputs: [], parameters: [one, gradient]) == nil)
  }
}
