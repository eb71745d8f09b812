import CNNGraph
import CNNSpec
import Testing

/// The blocked forms of kernels that exist for planes too.
struct BlocksKernelTests {
  @Test(arguments: Pool2DKernelTests.all)
  func `pooling with every window`(window: Window2D) throws {
    for mode in [
      Pool2D.Mode.max, .sum, .average(counted: .none), .average(counted: window.padding),
      .average(counted: Padding(top: 1, bottom: 0, left: 0, right: 1)),
    ] {
      for channels in [1, 17, 48] {
        try KernelChecker.checkBlocked(
          Pool2D(mode: mode, window: window), by: .pool2dBlocks, on: [Shape(channels, 7, 9)], batch: 3)
      }
    }
  }

  @Test(arguments: [255, 256, 257, 513])
  func `pooling rows round the tile`(width: Int) throws {
    let window = Window2D(kernel: Size2D(3), padding: Padding(1))
    for mode in [Pool2D.Mode.max, .average(counted: .none)] {
      try KernelChecker.checkBlocked(
        Pool2D(mode: mode, window: window), by: .pool2dBlocks, on: [Shape(2, 3, width)])
    }
  }

  @Test func `pooling, not-a-number wins, and a window of padding is minus infinity`() throws {
    let window = Window2D(
      kernel: Size2D(height: 1, width: 2), stride: Size2D(2),
      padding: Padding(top: 0, bottom: 0, left: 2, right: 0))
    let x = Tensor<Float>([1, 1, 1, 6], [1, .nan, .nan, 2, 4, 3])
    let y = try KernelChecker.runBlocked(Pool2D(mode: .max, window: window), by: .pool2dBlocks, [x])
    #expect(y[0] == -.infinity && y[1].isNaN && y[2].isNaN && y[3] == 4)
    let average = try KernelChecker.runBlocked(
      Pool2D(mode: .average(counted: .none), window: window), by: .pool2dBlocks, [x])
    #expect(average[0] == 0 && average[1].isNaN && average[3] == 3.5)
  }

  @Test(arguments: [1, 2, 4, 5, 32, 33, 40])
  func `local response norm of any size and power`(size: Int) throws {
    for beta in [0.75, 0.5, 1.3] {
      let norm = LocalResponseNorm(size: size, alpha: 0.5, beta: beta, k: 2)
      for shape in [Shape(1, 1, 1), Shape(3, 5, 7), Shape(17, 2, 2), Shape(48, 1, 33), Shape(100, 2, 1)] {
        try KernelChecker.checkBlocked(norm, by: .lrnBlocks, on: [shape], batch: 3)
      }
    }
  }

  @Test(arguments: ChannelAffineKernelTests.shapes + [Shape(48, 16, 17)], ChannelAffineKernelTests.epilogues)
  func `a factor and a bias a channel`(shape: Shape, epilogue: Epilogue) throws {
    let op = ChannelAffine(epilogue: epilogue)
    let inputs = [Shape](repeating: shape, count: epilogue.inputCount(besides: 1))
    try KernelChecker.checkBlocked(op, by: .channelAffineBlocks, on: inputs, batch: 3)
    for index in op.inPlaceInputs {
      try KernelChecker.checkBlocked(op, by: .channelAffineBlocks, on: inputs, batch: 3, inPlace: index)
    }
  }
}

/// The kernels that move elements between layouts and blocks.
struct BlocksLayoutKernelTests {
  static let shapes = [
    Shape(1, 1, 1), Shape(3, 5, 7), Shape(15, 1, 3), Shape(16, 4, 4), Shape(17, 7, 1), Shape(48, 16, 17),
  ]

  /// The arguments that all of these kernels begin with.
  private func arguments(_ y: Operand, _ x: Operand, _ shape: Shape, batch: Int) -> KernelArguments {
    [
      "batch": .integer(batch), "y_stride": .integer(y.imageStride), "x_stride": .integer(x.imageStride),
      "channels": .integer(shape.channels), "area": .integer(shape.area),
    ]
  }

  @Test(arguments: shapes)
  func `planes to blocks, with zeros behind the channels, and back`(shape: Shape) {
    let planar = KernelChecker.numbers(1, 3 * shape.count)
    let blocked = Blocks.blocked(planar, shape, filler: 0)
    var memory = KernelChecker.Memory()
    let x = memory.place(planar, images: 3)
    let blocks = memory.place([Float](repeating: .nan, count: blocked.count), images: 3)
    let back = memory.place([Float](repeating: .nan, count: planar.count), images: 3)
    let before = memory.elements
    memory.run([
      KernelCall(.blocksFromPlanar, [blocks, x], arguments(blocks, x, shape, batch: 3)),
      KernelCall(.planarFromBlocks, [back, blocks], arguments(back, blocks, shape, batch: 3)),
    ])
    let ranges = [(blocks, blocked, Blocks.count(shape)), (back, planar, shape.count)].flatMap {
      operand, expected, size in
      (0..<3).map { n in
        let start = memory.index(of: operand, image: n)
        #expect(memory.elements[start..<start + size] == expected[n * size..<(n + 1) * size])
        return start..<start + size
      }
    }
    KernelChecker.expectKept(before, memory.elements, but: ranges)
  }

  @Test(arguments: shapes, [0, 1, 15, 16, 17, 40])
  func `channels to other channels, which leaves those beside them`(shape: Shape, first: Int) {
    let whole = Shape(first + shape.channels + 3, shape.height, shape.width)
    let planar = KernelChecker.numbers(1, 2 * shape.count)
    let old = KernelChecker.numbers(2, 2 * Blocks.count(whole))
    var memory = KernelChecker.Memory()
    let x = memory.place(Blocks.blocked(planar, shape), images: 2)
    let y = memory.place(old, images: 2)
    let before = memory.elements
    memory.run([
      KernelCall(
        .copyBlocks, [y, x], arguments(y, x, shape, batch: 2),
        ["first_channel": .integer(first), "first_x_channel": .integer(0)])
    ])
    var expected = old
    for n in 0..<2 {
      for i in 0..<shape.count {
        let place = Blocks.index(whole, channel: first + i / shape.area, pixel: i % shape.area)
        expected[n * Blocks.count(whole) + place] = planar[n * shape.count + i]
      }
    }
    let size = Blocks.count(whole)
    let ranges = (0..<2).map { memory.index(of: y, image: $0) }.map { $0..<$0 + size }
    #expect(ranges.flatMap { memory.elements[$0] } == expected)
    KernelChecker.expectKept(before, memory.elements, but: ranges)
  }
}
