import CNNGraph
import CNNSpec
import Testing

struct Pool2DTests {
  static let halving = Window2D(kernel: Size2D(2), stride: Size2D(2))

  @Test(arguments: [
    (Shape(64, 224, 224), halving, Shape(64, 112, 112)), (Shape(1, 5, 4), halving, nil),
    (Shape(3, 7, 7), Window2D(kernel: Size2D(7), stride: Size2D(7)), Shape(3, 1, 1)),
    (
      Shape(1, 4, 5),
      Window2D(
        kernel: Size2D(3), stride: Size2D(2), padding: Padding(top: 1, bottom: 2, left: 1, right: 1)),
      Shape(1, 3, 3)
    ),
  ])
  func `shapes`(input: Shape, window: Window2D, output: Shape?) {
    #expect(Pool2D(mode: .max, window: window).outputShape(for: [input]) == output)
  }

  @Test func `cost`() {
    let cost = Pool2D(mode: .sum, window: Self.halving).cost(for: [Shape(3, 4, 6)], output: Shape(3, 2, 3))
    #expect(cost == Cost(otherOperations: 72))
  }

  static let classic = Tensor<Double>([1, 1, 4, 4], [1, 1, 2, 4, 5, 6, 7, 8, 3, 2, 1, 0, 1, 2, 3, 4])

  @Test(arguments: [
    (Pool2D.Mode.max, [6.0, 8, 3, 4]), (.sum, [13, 21, 8, 8]),
    (.average(counted: .none), [3.25, 5.25, 2, 2]),
  ])
  func `the lecture's example`(mode: Pool2D.Mode, expected: [Double]) {
    let y = Pool2D(mode: mode, window: Self.halving).evaluate([Self.classic], parameters: [])
    #expect(y.elements == expected)
  }

  /// PyTorch with padding 1 and ceil_mode, which adds a row at the bottom that never counts; times 36, so that
  /// all are whole.
  @Test(arguments: [
    (Padding.none, [-18, 30, 45, -42, -16, -12, -36, 12, -72]),
    (Padding(1), [-8, 20, 20, -28, -16, -8, -12, 6, -24]),
  ])
  func `divisors of averages, against PyTorch`(counted: Padding, expected: [Double]) {
    let window = Window2D(
      kernel: Size2D(3), stride: Size2D(2), padding: Padding(top: 1, bottom: 2, left: 1, right: 1))
    let x = integers([1, 1, 4, 5], step: 7, modulus: 11)
    let y = Pool2D(mode: .average(counted: counted), window: window).evaluate([x], parameters: [])
    #expect(isClose(y.elements.map { $0 * 36 }, expected))
    let largest = Pool2D(mode: .max, window: window).evaluate([x], parameters: [])
    #expect(largest.elements == [4, 5, 5, 4, 4, 5, 1, 4, 0])
  }

  @Test func `a column that ceil added, against PyTorch`() {
    let window = Window2D(
      kernel: Size2D(2), stride: Size2D(2), padding: Padding(top: 0, bottom: 0, left: 0, right: 1))
    let y = Pool2D(mode: .average(counted: .none), window: window)
      .evaluate([integers([1, 1, 4, 5], step: 7, modulus: 11)], parameters: [])
    #expect(y.elements == [-0.5, -0.25, 2, -2, 1, 0.5])
  }

  @Test func `not-a-number wins a maximum`() {
    let x = Tensor<Double>([1, 1, 1, 4], [1, .nan, 3, 2])
    let window = Window2D(kernel: Size2D(height: 1, width: 2), stride: Size2D(2))
    let y = Pool2D(mode: .max, window: window).evaluate([x], parameters: []).elements
    #expect(y[0].isNaN && y[1] == 3)
  }

  @Test func `a window of nothing but padding`() {
    let window = Window2D(kernel: Size2D(1), padding: Padding(top: 0, bottom: 0, left: 1, right: 0))
    let x = Tensor<Double>([1, 1, 1, 1], [5])
    func values(_ mode: Pool2D.Mode) -> [Double] {
      Pool2D(mode: mode, window: window).evaluate([x], parameters: []).elements
    }
    #expect(values(.max) == [-.infinity, 5])
    #expect(values(.average(counted: .none)) == [0, 5])
  }
}
