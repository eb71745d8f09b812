import CNNGraph
import CNNSpec
import Testing

/// The convolutions of blocked activations: between blocks, from a planar image, and depthwise.
struct Conv2DBlocksKernelTests {
  static func window(_ kernel: Int, stride: Int = 1, pad: Int = 0, dilation: Int = 1) -> Window2D {
    Conv2DKernelTests.window(kernel, stride: stride, pad: pad, dilation: dilation)
  }

  /// Windows for an image of 7 x 9, some of which see nothing but padding.
  static let windows = [
    window(3, stride: 2), window(3, pad: 1, dilation: 2), window(5, pad: 4), window(11, pad: 5),
    window(1, stride: 2), window(3, pad: -1), window(1, pad: 3),
    Window2D(
      kernel: Size2D(2), stride: Size2D(3), padding: Padding(top: 2, bottom: 2, left: 1, right: 1)),
    Window2D(
      kernel: Size2D(height: 1, width: 3), stride: Size2D(height: 2, width: 1),
      padding: Padding(top: 0, bottom: 0, left: 2, right: 1)),
    Window2D(kernel: Size2D(2), padding: Padding(top: 3, bottom: 0, left: 0, right: 4)),
    Window2D(
      kernel: Size2D(2), stride: Size2D(2), padding: Padding(top: 1, bottom: -2, left: -2, right: -1)),
    Window2D(kernel: Size2D(height: 7, width: 9)),
    Window2D(kernel: Size2D(height: 7, width: 9), stride: Size2D(100_000)),
  ]

  /// Round blocks of 16 channels, panels of 16 filters, and tiles of 2, 5, 6 or 14 pixels.
  @Test(arguments: [
    (1, 1, 1, 1), (3, 15, 1, 2), (15, 16, 1, 5), (16, 17, 2, 3), (17, 33, 1, 7), (48, 1, 1, 13),
    (31, 16, 2, 7),
    (32, 48, 3, 5), (16, 80, 5, 6), (270, 5, 2, 2),
  ])
  func `sizes round the blocks`(channels: Int, filters: Int, height: Int, width: Int) throws {
    let shape = Shape(channels, height, width)
    for window in [Self.window(1), Self.window(3, pad: 1)] {
      try Conv2DBlocksChecker.check(
        .conv2dBlocks, Conv2D(filters: filters, window: window), on: shape, batch: 3)
      let depthwise = Conv2D(filters: channels, window: window, groups: channels)
      try Conv2DBlocksChecker.check(.conv2dDepthwise, depthwise, on: shape, batch: 3)
    }
  }

  @Test(arguments: [1, 2, 3, 4, 7, 15], [1, 7, 8, 9, 16, 24, 33])
  func `first layers of few channels, some with half a panel`(channels: Int, filters: Int) throws {
    for (window, shape) in [
      (Self.window(1), Shape(channels, 1, 1)), (Self.window(3, pad: 1), Shape(channels, 5, 7)),
      (Self.window(5, stride: 2, pad: 2), Shape(channels, 13, 17)),
    ] {
      try Conv2DBlocksChecker.check(.conv2dPlanar, Conv2D(filters: filters, window: window), on: shape)
    }
  }

  @Test(arguments: windows) func `windows, some of which see padding only`(window: Window2D) throws {
    let size = Size2D(height: 7, width: 9)
    for (channels, filters) in [(3, 17), (20, 5)] {
      let conv = Conv2D(filters: filters, window: window, hasBias: filters == 5)
      let shape = Shape(channels, size.height, size.width)
      try Conv2DBlocksChecker.check(.conv2dBlocks, conv, on: shape)
      if channels < 16 { try Conv2DBlocksChecker.check(.conv2dPlanar, conv, on: shape) }
      let depthwise = Conv2D(filters: channels, window: window, groups: channels)
      try Conv2DBlocksChecker.check(.conv2dDepthwise, depthwise, on: shape)
    }
  }

  /// Several runs of pixels, images of a unit, chunks of channels and of taps, copies of an image and steps of terms.
  @Test(arguments: [
    Conv2DKernelTests.Large(filters: 5, window: window(3, pad: 1), shape: Shape(1, 2, 800)),
    Conv2DKernelTests.Large(filters: 17, window: window(3, pad: 1), shape: Shape(6, 21, 23)),
    Conv2DKernelTests.Large(filters: 17, window: window(19, stride: 2, pad: 3), shape: Shape(2, 23, 25)),
    Conv2DKernelTests.Large(
      filters: 2, window: Window2D(kernel: Size2D(height: 2, width: 520), padding: Padding(1)),
      shape: Shape(1, 1, 530)),
    Conv2DKernelTests.Large(filters: 2, window: window(3, dilation: 100), shape: Shape(1, 204, 205)),
    Conv2DKernelTests.Large(filters: 4, window: window(5, stride: 4, pad: 2), shape: Shape(3, 41, 37)),
    Conv2DKernelTests.Large(filters: 2, window: window(50), shape: Shape(1, 51, 52)),
    Conv2DKernelTests.Large(filters: 20, window: window(2), shape: Shape(15, 18, 19)),
  ])
  func `more than a unit, and more than a chunk`(large: Conv2DKernelTests.Large) throws {
    let conv = Conv2D(filters: large.filters, window: large.window)
    try Conv2DBlocksChecker.check(.conv2dBlocks, conv, on: large.shape)
    try Conv2DBlocksChecker.check(.conv2dPlanar, conv, on: large.shape)
  }

  @Test(arguments: [(2, 16, 16), (3, 32, 16), (2, 16, 48)])
  func `groups of whole blocks`(groups: Int, channels: Int, filters: Int) throws {
    let conv = Conv2D(filters: groups * filters, window: Self.window(3, stride: 2, pad: 1), groups: groups)
    try Conv2DBlocksChecker.check(.conv2dBlocks, conv, on: Shape(groups * channels, 5, 9))
  }

  @Test(arguments: [nil] + ActivationKernelTests.all.map(Optional.init))
  func `epilogues, in the residual's place too`(activation: Activation?) throws {
    for addsResidual in [false, true] {
      let epilogue = Epilogue(addsResidual: addsResidual, activation: activation)
      for filters in [3, 19] {
        let conv = Conv2D(filters: filters, window: Self.window(3, pad: 1), epilogue: epilogue)
        let depthwise = Conv2D(
          filters: filters, window: Self.window(3, pad: 1), groups: filters, epilogue: epilogue)
        for inPlace in Set([false, addsResidual]) {
          try Conv2DBlocksChecker.check(.conv2dBlocks, conv, on: Shape(3, 5, 7), inPlace: inPlace)
          try Conv2DBlocksChecker.check(.conv2dPlanar, conv, on: Shape(3, 5, 7), inPlace: inPlace)
          try Conv2DBlocksChecker.check(
            .conv2dDepthwise, depthwise, on: Shape(filters, 5, 7), inPlace: inPlace)
        }
      }
    }
  }
}

/// The three orders of packed weights.
struct PackPanelsKernelTests {
  @Test(arguments: [(1, 1, 1), (16, 16, 9), (17, 3, 4), (5, 33, 1)], 0..<3)
  func `weights by their places, zeros elsewhere`(sizes: (Int, Int, Int), order: Int) {
    let (filters, taps) = (sizes.0, sizes.2)
    let (groups, channels) = (order == 0 && filters == 16 ? 2 : 1, order == 2 ? 1 : sizes.1)
    let depthwise = Conv2D(
      filters: groups * filters, window: Window2D(kernel: Size2D(height: 1, width: taps)), groups: groups)
    let kernel = [Kernel.conv2dBlocks, .conv2dPlanar, .conv2dDepthwise][order]
    let packing = Packing(kernel, depthwise, channels: groups * channels)
    let weights = (0..<groups * filters * channels * taps).map { Float($0 + 1) }
    var expected = [Float](repeating: 0, count: packing.count)
    let blocks = (channels + 15) / 16
    for (index, weight) in weights.enumerated() {
      let (tap, c) = (index % taps, index / taps % channels)
      let (k, g) = (index / taps / channels % filters, index / taps / channels / filters)
      let panel = g * ((filters + 15) / 16) + k / 16
      switch order {
      case 0:
        expected[((((panel * blocks + c / 16) * taps + tap) * 16) + c % 16) * 16 + k % 16] = weight
      case 1: expected[((panel * channels + c) * taps + tap) * 16 + k % 16] = weight
      default: expected[(panel * taps + tap) * 16 + k % 16] = weight
      }
    }
    var memory = KernelChecker.Memory()
    let weight = memory.place(weights, images: 1)
    let panels = memory.place([Float](repeating: .nan, count: packing.count), images: 1)
    memory.run([KernelCall(.packPanels, [panels, weight], packing.arguments)])
    let start = memory.index(of: panels, image: 0)
    #expect(Array(memory.elements[start..<start + packing.count]) == expected)
    #expect(memory.elements[start + packing.count] == 54321)
  }
}
