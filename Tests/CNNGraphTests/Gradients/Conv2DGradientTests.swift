import CNNGraph
import CNNSpec
import Testing

struct Conv2DGradientTests {
  static func check(_ conv: Conv2D, _ shape: Shape) throws {
    try GradientChecker.check(conv, as: .conv2d(conv), on: [shape])
  }

  /// All of them fit a 7 x 8 image.
  static let windows = [
    Window2D(kernel: Size2D(3)), Window2D(kernel: Size2D(3), padding: Padding(1)),
    Window2D(kernel: Size2D(1), stride: Size2D(height: 2, width: 1)),
    Window2D(kernel: Size2D(3), padding: Padding(2), dilation: Size2D(2)),
    Window2D(kernel: Size2D(5), padding: Padding(4)),
    Window2D(kernel: Size2D(3), padding: Padding(-1)),
    // What rounding down and up leave: less padding at the bottom and the right, and more.
    Window2D(
      kernel: Size2D(2), stride: Size2D(2), padding: Padding(top: 0, bottom: -1, left: 0, right: 0)),
    Window2D(kernel: Size2D(2), stride: Size2D(2), padding: Padding(top: 0, bottom: 1, left: 1, right: 1)),
    Window2D(
      kernel: Size2D(height: 1, width: 3), stride: Size2D(height: 3, width: 2),
      padding: Padding(top: 0, bottom: 0, left: 2, right: 1)),
    Window2D(kernel: Size2D(2), padding: Padding(top: 3, bottom: 0, left: 0, right: 4)),
    Window2D(
      kernel: Size2D(2), stride: Size2D(3), padding: Padding(top: -1, bottom: -1, left: -2, right: -1),
      dilation: Size2D(height: 1, width: 1)),
  ]

  @Test(arguments: windows)
  func `every window`(window: Window2D) throws {
    try Self.check(Conv2D(filters: 3, window: window), Shape(2, 7, 8))
  }

  @Test(arguments: [1, 2, 4]) func `groups`(groups: Int) throws {
    let window = Window2D(kernel: Size2D(3), stride: Size2D(2), padding: Padding(1))
    try Self.check(Conv2D(filters: 8, window: window, groups: groups, hasBias: groups == 2), Shape(4, 5, 3))
  }

  @Test func `a table of connections`() throws {
    let window = Window2D(kernel: Size2D(2))
    let table = [[0, 1, 2], [2, 0], [], [1, 3], [3]]
    try Self.check(Conv2D(filters: 5, window: window, connections: table), Shape(4, 3, 4))
  }

  @Test func `a window as large as the image`() throws {
    try Self.check(Conv2D(filters: 3, window: Window2D(kernel: Size2D(height: 4, width: 3))), Shape(2, 4, 3))
  }
}
