import CNNGraph
import CNNSpec
import Testing

struct Pool2DGradientTests {
  /// All of them fit a 7 x 9 image.
  static let windows = [
    Window2D(kernel: Size2D(3), stride: Size2D(2)), Window2D(kernel: Size2D(3), padding: Padding(1)),
    Window2D(kernel: Size2D(height: 7, width: 9)), Window2D(kernel: Size2D(1), stride: Size2D(2)),
    Window2D(kernel: Size2D(2), stride: Size2D(2), padding: Padding(top: 0, bottom: 1, left: 1, right: 0)),
    Window2D(kernel: Size2D(2), stride: Size2D(2), padding: Padding(top: 0, bottom: -1, left: -1, right: 0)),
    Window2D(kernel: Size2D(3), padding: Padding(2), dilation: Size2D(2)),
  ]

  @Test(arguments: windows)
  func `every window and mode`(window: Window2D) throws {
    for mode in [
      Pool2D.Mode.max, .sum, .average(counted: .none), .average(counted: window.padding),
      .average(counted: Padding(top: 1, bottom: 0, left: 0, right: 1)),
    ] {
      let pool = Pool2D(mode: mode, window: window)
      try GradientChecker.check(pool, as: .pool2d(pool), on: [Shape(2, 7, 9)])
    }
  }

  @Test func `the first of equal maxima takes all, a window of padding nothing`() {
    let window = Window2D(
      kernel: Size2D(height: 1, width: 2), stride: Size2D(2),
      padding: Padding(top: 0, bottom: 0, left: 2, right: 0))
    let operation = Pool2DGradient(pool: Pool2D(mode: .max, window: window), inputShape: Shape(1, 1, 4))
    let dy = Tensor<Double>([1, 1, 1, 3], [1, 2, 3])
    let x = Tensor<Double>([1, 1, 1, 4], [7, 7, .nan, 8])
    #expect(operation.evaluateAll([dy, x], parameters: [])[0].elements == [2, 0, 3, 0])
  }
}
