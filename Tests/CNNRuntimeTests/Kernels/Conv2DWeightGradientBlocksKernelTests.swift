import CNNGraph
import CNNSpec
import Testing

/// Weight gradients of operands in channel blocks, against the naive reference in double. Lanes that hold no channel are
/// not-a-number.
struct Conv2DWeightGradientBlocksKernelTests {
  static func check(
    _ conv: Conv2D, _ shape: Shape, x: Layout = .channelBlocks, winogradTile: Int? = nil, batch: Int = 2,
    tolerance: Double = 5e-6, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let output = try #require(conv.outputShape(for: [shape]), sourceLocation: sourceLocation)
    let operation = Conv2DWeightGradient(conv: conv, winogradTile: winogradTile)
    let types = [
      TensorType.activation(shape).laid(out: x), .activation(output).laid(out: .channelBlocks),
    ]
    let comment = Comment(rawValue: "\(operation) on \(shape)")
    let result = try #require(
      operation.outputTypes(inputs: types, parameters: []), comment, sourceLocation: sourceLocation)[0]
    let inputs = [shape, output].enumerated().map { index, shape in
      Tensor(
        [batch, shape.channels, shape.height, shape.width],
        KernelChecker.numbers(UInt64(index), batch * shape.count))
    }
    let expected = operation.evaluateAll(
      inputs.map { Tensor<Double>($0.dimensions, $0.elements.map(Double.init)) }, parameters: [])[0].elements

    var memory = KernelChecker.Memory()
    let operands = zip(inputs, types).map { tensor, type in
      let isBlocked = type.layout == .channelBlocks
      return memory.place(
        isBlocked ? Blocks.blocked(tensor.elements, type.shape) : tensor.elements, images: batch)
    }
    let dw = memory.place([Float](repeating: .nan, count: result.count), images: 1)
    let bytes = operation.scratchBytes(inputs: types, parameters: [], outputs: [result], batch: batch)
    let scratch =
      bytes == 0 ? nil : memory.place([Float](repeating: .nan, count: bytes / 4), images: 1)
    let before = memory.elements
    memory.run(
      operation.lower(
        CallSite(
          batch: batch, inputTypes: types, parameterTypes: [], outputTypes: [result], inputs: operands,
          parameters: [], outputs: [dw], scratch: scratch)))

    let start = memory.index(of: dw, image: 0)
    let written = start..<start + result.count
    let workspace = scratch.map { memory.index(of: $0, image: 0) }.map { $0..<$0 + bytes / 4 }
    KernelChecker.expectKept(
      before, memory.elements, but: [written] + (workspace.map { [$0] } ?? []), sourceLocation)
    let scale = max(expected.map(abs).max() ?? 0, 1e-30)
    let worst = zip(memory.elements[written], expected).reduce(0.0) { worst, pair in
      let error = abs(Double(pair.0) - pair.1) / scale
      return error.isNaN ? .infinity : max(worst, error)
    }
    #expect(worst <= tolerance, comment, sourceLocation: sourceLocation)
  }

  /// Windows for a 7 x 9 image: strides, dilation, padding wider than the window, cropping.
  static let windowsOfSevenByNine: [Window2D] = [
    Conv2DKernelTests.window(1), Conv2DKernelTests.window(3, pad: 1), Conv2DKernelTests.window(3, stride: 2),
    Conv2DKernelTests.window(3, pad: 1, dilation: 2), Conv2DKernelTests.window(5, pad: 4),
    Conv2DKernelTests.window(1, stride: 2), Conv2DKernelTests.window(3, pad: -1),
    Window2D(kernel: Size2D(2), stride: Size2D(3), padding: Padding(top: 2, bottom: 2, left: 1, right: 1)),
    Window2D(
      kernel: Size2D(height: 1, width: 3), stride: Size2D(height: 2, width: 1),
      padding: Padding(top: 0, bottom: 0, left: 2, right: 1)),
    Window2D(
      kernel: Size2D(2), stride: Size2D(2), padding: Padding(top: 1, bottom: -2, left: -2, right: -1)),
    Window2D(kernel: Size2D(height: 7, width: 9)),
    Window2D(kernel: Size2D(height: 7, width: 9), stride: Size2D(100_000)),
  ]

  /// Round a block, a unit of two, four or eight blocks, and the registers' five or six channels.
  @Test(arguments: [
    (1, 1), (5, 16), (6, 17), (7, 33), (15, 15), (16, 16), (17, 1), (33, 65), (70, 20), (20, 140),
  ])
  func `channels and filters round the blocks`(channels: Int, filters: Int) throws {
    for window in [1, 2, 3].map({ Conv2DKernelTests.window($0, pad: $0 / 2) }) {
      try Self.check(Conv2D(filters: filters, window: window), Shape(channels, 4, 5), batch: 3)
    }
  }

  @Test(arguments: windowsOfSevenByNine) func `windows`(window: Window2D) throws {
    try Self.check(Conv2D(filters: 19, window: window), Shape(18, 7, 9))
    try Self.check(Conv2D(filters: 32, window: window, groups: 2), Shape(64, 7, 9))
    try Self.check(Conv2D(filters: 19, window: window, groups: 19), Shape(19, 7, 9))
  }

  @Test(arguments: windowsOfSevenByNine) func `windows of images`(window: Window2D) throws {
    for (channels, filters) in [(1, 5), (3, 70), (15, 16)] {
      try Self.check(Conv2D(filters: filters, window: window), Shape(channels, 7, 9), x: .rowMajor)
    }
  }

  /// Rows longer than a chunk, more rows than a chunk, more taps than a unit.
  @Test(arguments: [
    (Shape(3, 3, 400), Conv2DKernelTests.window(3, pad: 1)), (Shape(3, 230, 1), Conv2DKernelTests.window(1)),
    (Shape(2, 19, 18), Conv2DKernelTests.window(11, pad: 5)), (Shape(5, 24, 23), Conv2DKernelTests.window(3)),
  ])
  func `more than a chunk`(shape: Shape, window: Window2D) throws {
    let blocks = Shape(shape.channels + 15, shape.height, shape.width)
    try Self.check(Conv2D(filters: 3, window: window), blocks)
    try Self.check(Conv2D(filters: 3, window: window), shape, x: .rowMajor)
    try Self.check(Conv2D(filters: blocks.channels, window: window, groups: blocks.channels), blocks)
  }

  /// Enough products for the batch's rows to be divided, in several kernels.
  @Test func `parts of the batch are added`() throws {
    let window = Conv2DKernelTests.window(3, pad: 1)
    try Self.check(Conv2D(filters: 16, window: window), Shape(16, 23, 20))
    try Self.check(Conv2D(filters: 20, window: window), Shape(3, 39, 40), x: .rowMajor)
    try Self.check(Conv2D(filters: 17, window: window, groups: 17), Shape(17, 31, 40), batch: 6)
  }

  // MARK: Winograd

  @Test(arguments: [2, 4], [(1, 1), (15, 17), (16, 16), (33, 5), (6, 48)])
  func `Winograd: channels and filters round a block`(tile: Int, sizes: (Int, Int)) throws {
    let conv = Conv2D(filters: sizes.1, window: Conv2DKernelTests.window(3, pad: 1))
    try Self.check(conv, Shape(sizes.0, 5, 7), winogradTile: tile)
  }

  @Test(arguments: [2, 4], [1, 2, 3, 4, 5, 8, 9, 13])
  func `Winograd: heights and widths round a tile`(tile: Int, height: Int) throws {
    for width in [1, 4, 7, 29] {
      let conv = Conv2D(filters: 3, window: Conv2DKernelTests.window(3, pad: 1))
      try Self.check(conv, Shape(2, height, width), winogradTile: tile)
    }
  }

  @Test(
    arguments: [2, 4],
    [
      Padding(0), Padding(2), Padding(3), Padding(-1), Padding(top: 4, bottom: 0, left: 0, right: 5),
      Padding(top: -2, bottom: 1, left: 7, right: -3),
    ])
  func `Winograd: any padding, and cropping`(tile: Int, padding: Padding) throws {
    let conv = Conv2D(filters: 17, window: Window2D(kernel: Size2D(3), padding: padding))
    try Self.check(conv, Shape(18, 7, 8), winogradTile: tile)
  }

  /// Several chunks of tiles, and the error of a sum over 32 * 20 * 20 pixels.
  @Test(arguments: [2, 4]) func `Winograd: many images lose no digits`(tile: Int) throws {
    let conv = Conv2D(filters: 3, window: Conv2DKernelTests.window(3, pad: 1))
    try Self.check(conv, Shape(2, 20, 20), winogradTile: tile, batch: 32)
  }
}
