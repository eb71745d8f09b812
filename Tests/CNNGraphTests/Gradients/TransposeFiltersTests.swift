import CNNGraph
import CNNSpec
import Testing

struct TransposeFiltersTests {
  @Test func `filters and channels change places, kernels turn`() throws {
    // Two groups of one filter and two channels each, kernels of 1 x 2.
    let weight = Tensor<Double>([2, 2, 1, 2], [1, 2, 3, 4, 5, 6, 7, 8])
    let transposed = TransposeFilters(groups: 2).evaluateAll([], parameters: [weight])[0]
    #expect(transposed == Tensor([4, 1, 1, 2], [2, 1, 4, 3, 6, 5, 8, 7]))
  }

  @Test(arguments: Conv2DGradientTests.windows, [1, 2])
  func `a convolution of dy is the gradient of the input`(window: Window2D, groups: Int) throws {
    let (conv, shape) = (Conv2D(filters: 6, window: window, groups: groups), Shape(4, 7, 8))
    let output = try #require(conv.outputShape(for: [shape]))
    guard let transposed = conv.transposed(over: shape) else {
      #expect(window.stride != Size2D(1))
      return
    }
    func numbers(_ dimensions: [Int]) -> Tensor<Double> {
      let count = dimensions.reduce(1, *)
      return Tensor(dimensions, (0..<count).map { Double($0 * 37 % 23) - 11 })
    }
    let dy = numbers([2, output.channels, output.height, output.width])
    let weight = numbers([6, 4 / groups, window.kernel.height, window.kernel.width])
    let turned = TransposeFilters(groups: groups).evaluateAll([], parameters: [weight])
    #expect(
      transposed.evaluate([dy], parameters: turned)
        == Conv2DInputGradient(conv: conv, inputShape: shape).evaluateAll([dy], parameters: [weight])[0])
  }
}
