import CNNGraph
import CNNSpec
import Testing

struct Conv2DGradientKernelTests {
  static func check(_ conv: Conv2D, _ shape: Shape, batch: Int = 2) throws {
    let output = TensorType.activation(try #require(conv.outputShape(for: [shape])))
    let input = TensorType.activation(shape)
    let weight = TensorType.parameter(conv.parameters(for: [shape])[0].dimensions)
    try KernelChecker.check(
      operator: Conv2DInputGradient(conv: conv, inputShape: shape), inputs: [output], parameters: [weight],
      batch: batch)
    try KernelChecker.check(
      operator: Conv2DWeightGradient(conv: conv), inputs: [input, output], batch: batch)
  }

  /// Round the kernels' blocks: rows of 4, 6 or 12 filters, vectors of 4, 8 or 16 pixels, 64 filters that share
  /// a patch for the input's; 4 filters, 3 taps, a vector of pixels, 32 filters, 96 taps for the weights'.
  @Test(arguments: [
    (1, 1, 1, 1), (1, 4, 1, 3), (3, 5, 3, 3), (15, 15, 5, 7), (16, 16, 4, 8), (17, 17, 3, 11), (31, 3, 2, 4),
    (32, 2, 2, 4), (33, 2, 1, 31), (2, 64, 1, 33), (2, 65, 2, 5), (2, 4, 1, 127), (2, 4, 1, 128),
    (2, 4, 3, 43), (3, 128, 2, 2), (4, 129, 2, 3),
  ])
  func `sizes round the blocks`(channels: Int, filters: Int, height: Int, width: Int) throws {
    let shape = Shape(channels, height, width)
    try Self.check(Conv2D(filters: filters, window: Conv2DKernelTests.window(1)), shape, batch: 3)
    try Self.check(Conv2D(filters: filters, window: Conv2DKernelTests.window(3, pad: 1)), shape)
  }

  @Test(arguments: Conv2DKernelTests.largerThanATile)
  func `more than a tile, more taps than a step`(large: Conv2DKernelTests.Large) throws {
    try Self.check(Conv2D(filters: large.filters, window: large.window), large.shape)
  }

  /// Windows for a 7 x 9 image.
  @Test(arguments: [
    Conv2DKernelTests.window(3, stride: 2), Conv2DKernelTests.window(3, pad: 1, dilation: 2),
    Conv2DKernelTests.window(5, pad: 4), Conv2DKernelTests.window(11, pad: 5),
    Conv2DKernelTests.window(1, stride: 2), Conv2DKernelTests.window(3, pad: -1),
    Window2D(kernel: Size2D(2), stride: Size2D(3), padding: Padding(top: 2, bottom: 2, left: 1, right: 1)),
    Window2D(
      kernel: Size2D(height: 1, width: 3), stride: Size2D(height: 2, width: 1),
      padding: Padding(top: 0, bottom: 0, left: 2, right: 1)),
    Window2D(kernel: Size2D(2), padding: Padding(top: 3, bottom: 0, left: 0, right: 4)),
    Window2D(
      kernel: Size2D(2), stride: Size2D(2), padding: Padding(top: 1, bottom: -2, left: -2, right: -1)),
    Window2D(kernel: Size2D(height: 7, width: 9)),
    // Most phases of such a stride lie behind the image.
    Window2D(kernel: Size2D(height: 7, width: 9), stride: Size2D(100_000)),
  ])
  func `windows`(window: Window2D) throws {
    for (filters, groups) in [(5, 1), (3, 3), (12, 3), (6, 3)] {
      try Self.check(Conv2D(filters: filters, window: window, groups: groups), Shape(3, 7, 9))
    }
  }

  @Test(arguments: [
    [[0, 1, 2], [2, 0], [], [1, 3], [3]], [[0, 3], [0, 3], [3, 0], [0, 3], [0, 1, 2, 3]],
  ])
  func `tables of connections`(connections: [[Int]]) throws {
    let window = Conv2DKernelTests.window(3, pad: 1)
    try Self.check(Conv2D(filters: 5, window: window, connections: connections), Shape(4, 5, 6))
  }

  @Test func `many images and pixels lose no digits`() throws {
    try Self.check(
      Conv2D(filters: 2, window: Conv2DKernelTests.window(3, pad: 1)), Shape(1, 40, 40), batch: 32)
  }
}
