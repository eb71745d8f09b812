import CNNGraph
import CNNSpec
import Testing

struct Unpool2DTests {
  static let halving = Window2D(kernel: Size2D(2), stride: Size2D(2))

  @Test func `shape and cost`() {
    let unpool = Unpool2D(window: Self.halving)
    #expect(unpool.outputShape(for: [Shape(3, 2, 2), Shape(3, 4, 4)]) == Shape(3, 4, 4))
    #expect(unpool.outputShape(for: [Shape(3, 2, 1), Shape(3, 4, 4)]) == nil)
    #expect(unpool.outputShape(for: [Shape(3, 2, 2)]) == nil)
    let cost = unpool.cost(for: [Shape(3, 2, 2), Shape(3, 4, 4)], output: Shape(3, 4, 4))
    #expect(cost == Cost(otherOperations: 48))
  }

  @Test func `elements return to the maxima, against PyTorch`() {
    let window = Window2D(
      kernel: Size2D(2), stride: Size2D(2), padding: Padding(top: 0, bottom: 0, left: 0, right: 1))
    let x = Tensor<Double>([1, 1, 2, 3], [1, 2, 3, 4, 5, 6])
    let y = Unpool2D(window: window)
      .evaluate([x, integers([1, 1, 4, 5], step: 7, modulus: 11)], parameters: [])
    #expect(y.elements == [0, 0, 0, 2, 0, 0, 1, 0, 0, 3, 0, 0, 0, 0, 6, 4, 0, 5, 0, 0])
  }

  @Test func `the first of equal maxima, and the later of overlapping windows`() {
    let window = Window2D(kernel: Size2D(height: 1, width: 2))
    func values(_ pooled: [Double]) -> [Double] {
      Unpool2D(window: window)
        .evaluate([Tensor([1, 1, 1, 2], [7, 8]), Tensor([1, 1, 1, 3], pooled)], parameters: []).elements
    }
    #expect(values([2, 2, 2]) == [7, 8, 0])
    #expect(values([1, 2, 1]) == [0, 8, 0])
    #expect(values([-.infinity, -.infinity, -.infinity]) == [7, 8, 0])
  }
}
