import CNNGraph
import CNNSpec
import Testing

struct Pool2DKernelTests {
  /// Windows for a 7 x 9 image.
  static let all = [
    Window2D(kernel: Size2D(3), stride: Size2D(2)), Window2D(kernel: Size2D(3), padding: Padding(1)),
    Window2D(kernel: Size2D(height: 7, width: 9)), Window2D(kernel: Size2D(1), stride: Size2D(2)),
    Window2D(kernel: Size2D(2), stride: Size2D(2), padding: Padding(top: 0, bottom: 1, left: 1, right: 0)),
    Window2D(kernel: Size2D(2), stride: Size2D(2), padding: Padding(top: 0, bottom: -1, left: -1, right: 0)),
    Window2D(kernel: Size2D(3), padding: Padding(2), dilation: Size2D(2)),
    Window2D(kernel: Size2D(9), padding: Padding(4)),
  ]

  @Test(arguments: all)
  func `every window`(window: Window2D) throws {
    for mode in [
      Pool2D.Mode.max, .sum, .average(counted: .none), .average(counted: window.padding),
      .average(counted: Padding(top: 1, bottom: 0, left: 0, right: 1)),
    ] {
      for channels in [1, 3] {
        try KernelChecker.check(Pool2D(mode: mode, window: window), on: [Shape(channels, 7, 9)], batch: 3)
      }
    }
  }

  @Test(arguments: [255, 256, 257, 513])
  func `rows round the tile`(width: Int) throws {
    let window = Window2D(kernel: Size2D(3), padding: Padding(1))
    for mode in [Pool2D.Mode.max, .average(counted: .none)] {
      try KernelChecker.check(Pool2D(mode: mode, window: window), on: [Shape(2, 3, width)])
    }
  }

  @Test func `not-a-number wins, and a window of padding is minus infinity`() throws {
    let window = Window2D(
      kernel: Size2D(height: 1, width: 2), stride: Size2D(2),
      padding: Padding(top: 0, bottom: 0, left: 2, right: 0))
    let x = Tensor<Float>([1, 1, 1, 6], [1, .nan, .nan, 2, 4, 3])
    let y = try KernelChecker.run(Pool2D(mode: .max, window: window), [x])
    #expect(y[0] == -.infinity && y[1].isNaN && y[2].isNaN && y[3] == 4)
    let average = try KernelChecker.run(Pool2D(mode: .average(counted: .none), window: window), [x])
    #expect(average[0] == 0 && average[1].isNaN && average[3] == 3.5)
  }
}
