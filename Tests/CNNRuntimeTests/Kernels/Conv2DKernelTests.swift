import CNNGraph
import CNNSpec
import Testing

struct Conv2DKernelTests {
  static func window(_ kernel: Int, stride: Int = 1, pad: Int = 0, dilation: Int = 1) -> Window2D {
    Window2D(
      kernel: Size2D(kernel), stride: Size2D(stride), padding: Padding(pad), dilation: Size2D(dilation))
  }

  struct Large: Sendable {
    var filters: Int
    var window: Window2D
    var shape: Shape
  }

  /// Rows of more pixels than a tile has; taps beyond the 288 (or 96, of gradients) of a step: of many
  /// channels, of a tall window, of a wide one; dilations and strides that spread them too far for a patch.
  static let largerThanATile: [Large] = [
    Large(filters: 3, window: window(3, pad: 1), shape: Shape(2, 3, 1100)),
    Large(filters: 70, window: window(1), shape: Shape(2, 2, 300)),
    Large(filters: 5, window: window(3, pad: 1), shape: Shape(70, 6, 5)),
    Large(filters: 7, window: window(19, stride: 2, pad: 3), shape: Shape(2, 23, 25)),
    Large(
      filters: 2, window: Window2D(kernel: Size2D(height: 2, width: 300), padding: Padding(1)),
      shape: Shape(1, 3, 310)),
    Large(filters: 2, window: window(3, dilation: 100), shape: Shape(2, 204, 205)),
    Large(filters: 4, window: window(5, stride: 4, pad: 2), shape: Shape(3, 41, 37)),
  ]

  @Test(arguments: largerThanATile) func `more than a tile, more taps than a step`(large: Large) throws {
    try KernelChecker.check(Conv2D(filters: large.filters, window: large.window), on: [large.shape])
  }

  /// Round the kernel's blocks: rows of 4, 6 or 12 filters, vectors of 4, 8 or 16 pixels; 32 or 64 filters
  /// share a patch.
  @Test(arguments: [
    (1, 1, 1, 1), (1, 4, 1, 3), (3, 5, 3, 3), (15, 15, 5, 7), (16, 16, 4, 8), (17, 17, 3, 11), (2, 65, 3, 3),
    (2, 4, 1, 31), (2, 4, 1, 32), (2, 4, 1, 33), (128, 4, 2, 2), (129, 6, 3, 5),
  ])
  func `sizes round the blocks`(channels: Int, filters: Int, height: Int, width: Int) throws {
    let shape = Shape(channels, height, width)
    try KernelChecker.check(Conv2D(filters: filters, window: Self.window(1)), on: [shape], batch: 3)
    if channels < 64 {
      try KernelChecker.check(Conv2D(filters: filters, window: Self.window(3, pad: 1)), on: [shape])
    }
  }

  @Test(arguments: [
    window(3, stride: 2), window(3, pad: 1, dilation: 2), window(5, pad: 4), window(11, pad: 5),
    window(1, stride: 2), window(3, pad: -1),
    Window2D(
      kernel: Size2D(2), stride: Size2D(3), padding: Padding(top: 2, bottom: 2, left: 1, right: 1)),
    Window2D(
      kernel: Size2D(height: 1, width: 3), stride: Size2D(height: 2, width: 1),
      padding: Padding(top: 0, bottom: 0, left: 2, right: 1)),
    Window2D(kernel: Size2D(2), padding: Padding(top: 3, bottom: 0, left: 0, right: 4)),
    Window2D(
      kernel: Size2D(2), stride: Size2D(2), padding: Padding(top: 1, bottom: -2, left: -2, right: -1)),
  ])
  func `windows`(window: Window2D) throws {
    for (filters, groups) in [(5, 1), (3, 1), (3, 3), (12, 3), (6, 3)] {
      let conv = Conv2D(filters: filters, window: window, groups: groups, hasBias: filters != 12)
      try KernelChecker.check(conv, on: [Shape(3, 7, 9)])
    }
  }

  @Test(arguments: [255, 256, 257])
  func `rows of depthwise layers round the tile`(width: Int) throws {
    let conv = Conv2D(filters: 2, window: Self.window(3, pad: 1), groups: 2)
    try KernelChecker.check(conv, on: [Shape(2, 2, width)])
  }

  @Test(arguments: [nil] + ActivationKernelTests.all.map(Optional.init))
  func `epilogues, in the residual's place too`(activation: Activation?) throws {
    for filters in [2, 5] {
      for addsResidual in [false, true] {
        let conv = Conv2D(
          filters: filters, window: Self.window(3, pad: 1),
          epilogue: Epilogue(addsResidual: addsResidual, activation: activation))
        let shapes = [Shape(3, 5, 7)] + (addsResidual ? [Shape(filters, 5, 7)] : [])
        try KernelChecker.check(conv, on: shapes)
        if addsResidual { try KernelChecker.check(conv, on: shapes, inPlace: 1) }
      }
    }
  }

  @Test(arguments: [
    [[0, 1, 2], [2, 0], [], [1, 3], [3]], [[0, 3], [0, 3], [3, 0], [0, 3], [0, 1, 2, 3]],
  ])
  func `tables of connections`(connections: [[Int]]) throws {
    for epilogue in [Epilogue.none, Epilogue(addsResidual: true, activation: .tanh)] {
      for hasBias in [false, true] {
        let conv = Conv2D(
          filters: 5, window: Self.window(3, pad: 1), hasBias: hasBias, connections: connections,
          epilogue: epilogue)
        let shapes = [Shape(4, 5, 6)] + (epilogue.addsResidual ? [Shape(5, 5, 6)] : [])
        try KernelChecker.check(conv, on: shapes)
        if epilogue.addsResidual { try KernelChecker.check(conv, on: shapes, inPlace: 1) }
      }
    }
  }
}
