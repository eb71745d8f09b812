import CNNSpec
import Testing

@testable import CNNGraph

struct WindowKindsTests {
  /// W2 = (W1 - F + 2P)/S + 1, and K.
  static let convolutions = [
    ShapeExample("3x32x32", "conv(10, 5, stride=1, pad=2)", "10x32x32"),
    ShapeExample("1x7x7", "conv(1, 3)", "1x5x5"),
    ShapeExample("1x7x7", "conv(1, 3, stride=2)", "1x3x3"),
    ShapeExample("1x7x7", "conv(1, 3, stride=3)", "window-does-not-fit"),
    ShapeExample("1x7x7", "conv(1, 3, stride=3, pad=1)", "1x3x3"),
    ShapeExample("3x227x227", "conv(96, 11, stride=4)", "96x55x55"),
    ShapeExample("3x224x224", "conv(96, 11, stride=4)", "window-does-not-fit"),
    ShapeExample("1x9x12", "conv(2, 3x4)", "2x7x9"),
    ShapeExample("1x9x12", "conv(2, 3x4, stride=2x4)", "2x4x3"),
    ShapeExample("1x9x12", "conv(2, 3, pad=1x2)", "2x9x14"),
    ShapeExample("1x9x12", "conv(2, 3, pad=0x1x0x1)", "2x8x11"),
    ShapeExample("1x9x12", "conv(2, 3, pad=1x2x3x4)", "2x10x17"),
    ShapeExample("1x9x9", "conv(2, 3, dilation=2)", "2x5x5"),
    ShapeExample("1x9x9", "conv(2, 3, dilation=4)", "2x1x1"),
    ShapeExample("1x9x9", "conv(2, 3, dilation=1x3)", "2x7x3"),
    ShapeExample("1x9x9", "conv(2, 3, dilation=5)", "window-too-large"),
    ShapeExample("1x2x2", "conv(1, 3)", "window-too-large"),
    ShapeExample("1x2x9", "conv(1, 3)", "window-too-large"),
    ShapeExample("1x2x2", "conv(1, 4, pad=1)", "1x1x1"),
    ShapeExample("6x5x5", "conv(4, 3, groups=2)", "4x3x3"),
    ShapeExample("6x5x5", "conv(12, 3, groups=6)", "12x3x3"),
    ShapeExample("6x5x5", "conv(4, 3, groups=4)", "groups-do-not-divide"),
    ShapeExample("6x5x5", "conv(4, 3, groups=3)", "groups-do-not-divide"),
    ShapeExample("1x4x4", "conv(0, 3)", "invalid-value"),
    ShapeExample("1x4x4", "conv(2*channels, 3)", "2x2x2"),
    ShapeExample("3x4x4", "conv(channels/2, 3)", "not-whole"),
  ]

  @Test(arguments: convolutions) func `a convolution's output`(_ example: ShapeExample) { example.check() }

  /// `same` makes ceil(W1/S), `fit` adds as little as comes out whole, both with the odd pixel at the end.
  static let askingPads = [
    ShapeExample("1x7x7", "conv(1, 3, pad=same)", "1x7x7"),
    ShapeExample("1x7x7", "conv(1, 3, stride=2, pad=same)", "1x4x4"),
    ShapeExample("1x8x8", "conv(1, 3, stride=2, pad=same)", "1x4x4"),
    ShapeExample("1x8x7", "conv(1, 2, stride=3, pad=same)", "1x3x3"),
    ShapeExample("1x7x7", "conv(1, 1, stride=2, pad=same)", "1x4x4"),
    ShapeExample("1x8x8", "conv(1, 1, stride=2, pad=same)", "1x4x4"),
    ShapeExample("1x7x7", "conv(1, 3, dilation=2, pad=same)", "1x7x7"),
    ShapeExample("1x2x2", "conv(1, 5, pad=same)", "1x2x2"),
    ShapeExample("1x32x32", "conv(1, 5, stride=2, pad=?)", "1x15x15"),
    ShapeExample("1x31x31", "conv(1, 5, stride=2, pad=?)", "1x14x14"),
    ShapeExample("1x32x31", "conv(1, 5, stride=2, pad=fit)", "1x15x14"),
    ShapeExample("1x3x3", "conv(1, 5, stride=2, pad=fit)", "1x1x1"),
    ShapeExample("1x8x8", "maxpool(3, stride=2, pad=same)", "1x4x4"),
    ShapeExample("1x8x8", "maxpool(3, stride=2, pad=?)", "1x4x4"),
  ]

  @Test(arguments: askingPads) func `paddings that ask`(_ example: ShapeExample) { example.check() }

  @Test(arguments: [
    ("1x32x32", "conv(1, 5, stride=2, pad=?)", Padding(top: 0, bottom: 1, left: 0, right: 1)),
    ("1x31x31", "conv(1, 5, stride=2, pad=?)", Padding.none),
    ("1x7x8", "conv(1, 3, stride=2, pad=same)", Padding(top: 1, bottom: 1, left: 0, right: 1)),
    ("1x8x8", "conv(1, 1, stride=2, pad=same)", Padding(top: 0, bottom: -1, left: 0, right: -1)),
    ("1x3x3", "conv(1, 5, stride=2, pad=fit)", Padding(1)),
  ])
  func `the odd pixel goes to the bottom and the right`(input: String, layer: String, pad: Padding) throws {
    guard case .conv2d(let conv) = try CheckedSpec(input, layer).layer("conv1").operators.first else {
      Issue.record("no convolution")
      return
    }
    #expect(conv.window.padding == pad)
  }

  static let roundings = [
    ShapeExample("1x7x7", "conv(1, 3, stride=3, rounding=exact)", "window-does-not-fit"),
    ShapeExample("1x7x7", "conv(1, 3, stride=3, rounding=floor)", "1x2x2"),
    ShapeExample("1x7x7", "conv(1, 3, stride=3, rounding=ceil)", "1x3x3"),
    ShapeExample("1x112x112", "maxpool(3, stride=2, rounding=ceil)", "1x56x56"),
    ShapeExample("1x112x112", "maxpool(3, stride=2, rounding=floor)", "1x55x55"),
    ShapeExample("1x112x112", "maxpool(3, stride=2, pad=1, rounding=floor)", "1x56x56"),
    // The third window would start in the padding: PyTorch and Caffe drop it.
    ShapeExample("1x3x3", "maxpool(2, stride=2, pad=1, rounding=ceil)", "1x2x2"),
    ShapeExample("1x4x4", "maxpool(2, stride=2, pad=1, rounding=ceil)", "1x3x3"),
    ShapeExample("1x5x5", "maxpool(1, stride=3, rounding=ceil)", "1x2x2"),
    ShapeExample("1x6x6", "maxpool(1, stride=3, rounding=ceil)", "1x2x2"),
    ShapeExample("1x7x8", "avgpool(2, rounding=ceil)", "1x4x4"),
    ShapeExample("1x7x8", "avgpool(2, rounding=floor)", "1x3x4"),
    ShapeExample("1x7x7", "subsample(2, rounding=floor)", "1x3x3"),
    ShapeExample("1x7x7", "depthwise(3, stride=3, rounding=ceil)", "1x3x3"),
    ShapeExample("1x2x2", "conv(1, 3, rounding=ceil)", "window-too-large"),
    ShapeExample("1x7x7", "conv(1, 3, rounding=round)", "invalid-value"),
  ]

  @Test(arguments: roundings) func `rounding`(_ example: ShapeExample) { example.check() }

  @Test func `the spec's rounding holds where a layer has none of its own`() {
    #expect(CheckedSpec("1x7x7", "conv(1, 3, stride=3)", extra: "rounding: floor").result == "1x2x2")
    #expect(CheckedSpec("1x7x7", "conv(1, 3, stride=3)", extra: "rounding: ceil").result == "1x3x3")
    let own = CheckedSpec("1x7x7", "conv(1, 3, stride=3, rounding=exact)", extra: "rounding: floor")
    #expect(own.result == "window-does-not-fit")
  }

  static let others = [
    ShapeExample("4x8x8", "depthwise(3)", "4x6x6"),
    ShapeExample("4x8x8", "depthwise(3, pad=1, multiplier=3)", "12x8x8"),
    ShapeExample("4x8x8", "depthwise(2, stride=2)", "4x4x4"),
    ShapeExample("4x8x8", "depthwise(3, dilation=2)", "4x4x4"),
    ShapeExample("4x8x8", "deconv(2, 2, stride=2)", "2x16x16"),
    ShapeExample("4x8x8", "deconv(2, 3, stride=2, pad=1)", "2x15x15"),
    ShapeExample("4x8x8", "deconv(2, 3, stride=2, pad=1, output_pad=1)", "2x16x16"),
    ShapeExample("4x8x8", "deconv(2, 3x5, stride=2x1, pad=1x2)", "2x15x8"),
    ShapeExample("4x8x8", "deconv(2, 3, stride=2, pad=0x1x1x0)", "2x16x16"),
    ShapeExample("4x8x8", "deconv(2, 3, stride=2, output_pad=0x1)", "2x17x18"),
    ShapeExample("4x8x8", "transposed(4, 2, stride=2, groups=2)", "4x16x16"),
    ShapeExample("4x8x8", "deconv(3, 2, groups=2)", "groups-do-not-divide"),
    ShapeExample("4x8x8", "deconv(2, 3, output_pad=1)", "invalid-value"),
    ShapeExample("4x1x1", "deconv(2, 3, pad=2)", "window-does-not-fit"),
    ShapeExample("4x8x8", "deconv(2, 3, pad=same)", "invalid-value"),
    ShapeExample("4x8x8", "maxpool(2)", "4x4x4"),
    ShapeExample("4x8x8", "pool(2)", "4x4x4"),
    ShapeExample("4x8x6", "maxpool(4x3)", "4x2x2"),
    ShapeExample("4x9x9", "maxpool(3, stride=2)", "4x4x4"),
    ShapeExample("4x9x9", "maxpool(3, stride=2, pad=1)", "4x5x5"),
    ShapeExample("4x9x9", "maxpool(2)", "window-does-not-fit"),
    ShapeExample("4x8x8", "maxpool(2, pad=2)", "invalid-value"),
    ShapeExample("4x7x7", "maxpool(1, stride=5, pad=?)", "invalid-value"),
    ShapeExample("4x7x7", "avgpool(1, stride=5, pad=?)", "invalid-value"),
    ShapeExample("4x8x8", "avgpool(2)", "4x4x4"),
    ShapeExample("4x9x9", "maxpool(3, stride=2, dilation=2)", "4x3x3"),
    ShapeExample("4x9x9", "maxpool(3, stride=1, pad=2, dilation=2)", "4x9x9"),
    ShapeExample("4x9x9", "avgpool(3, stride=1, pad=3, dilation=2x3)", "4x11x9"),
    ShapeExample("4x9x9", "maxpool(3, stride=1, dilation=5)", "window-too-large"),
    ShapeExample("4x9x9", "maxpool(3, stride=1, pad=5, dilation=2)", "invalid-value"),
    // Taps on both sides of the image, 10 apart.
    ShapeExample("4x8x8", "maxpool(2, stride=1, pad=9, dilation=10)", "invalid-value"),
    ShapeExample("4x8x8", "maxpool(2, stride=17, pad=10, dilation=10)", "4x2x2"),
    ShapeExample("4x8x8", "avgpool(3, stride=1, pad=1, count_pad=yes)", "4x8x8"),
    ShapeExample("4x8x6", "globalavgpool", "4x1x1"),
    ShapeExample("4x8x6", "globalmaxpool", "4x1x1"),
    ShapeExample("4x8x8", "subsample(2)", "4x4x4"),
    ShapeExample("4x8x8", "subsample(2x4)", "4x4x2"),
    ShapeExample("4x8x8", "subsample(3)", "window-does-not-fit"),
    ShapeExample("4x8x8", "maxpool:p(2) - conv(6, 1) - conv(4, 1) - unpool(@p)", "4x8x8"),
    ShapeExample("4x9x9", "maxpool:p(3, stride=2) - unpool(@p)", "4x9x9"),
    ShapeExample("4x9x9", "maxpool:p(2, rounding=floor) - unpool(@p)", "4x9x9"),
    ShapeExample("4x8x8", "maxpool:p(2) - conv(6, 1) - unpool(@p)", "shape-mismatch"),
    ShapeExample("4x8x8", "avgpool:p(2) - unpool(@p)", "invalid-value"),
  ]

  @Test(arguments: others) func `depthwise, transposed, pools`(_ example: ShapeExample) { example.check() }

  @Test func `C3's table of connections`() throws {
    let spec = CheckedSpec("3x4x4", "conv:c(2, 3)", extra: "where: {c: {connections: [[0, 2], [1]]}}")
    let layer = try spec.layer("c")
    #expect(spec.result == "2x2x2")
    #expect(layer.weights == 27)  // three pairs
    #expect(layer.parameters.map(\.spec.dimensions) == [[2, 3, 3, 3], [2]])
    #expect(layer.multiplications == 27 * 4)
    #expect(layer.connections == (27 + 2) * 4)
  }

  @Test(arguments: [
    ("[[0, 2]]", "`connections` lists the inputs of 1 filter, but there are 2"),
    ("[[0], [3]]", "`connections` names channel 3, but the input has 0 to 2"),
    ("[[0], [1, 1]]", "`connections` names a channel of filter 1 twice"),
    ("[[0], []]", "`connections` leaves filter 1 without an input"),
  ])
  func `tables that are wrong`(table: String, message: String) throws {
    let spec = CheckedSpec("3x4x4", "conv:c(2, 3)", extra: "where: {c: {connections: \(table)}}")
    #expect(try spec.onlyFinding().message == message)
  }

  @Test func `connections and groups exclude each other`() throws {
    let spec = CheckedSpec(
      "2x4x4", "conv:c(2, 3, groups=2)", extra: "where: {c: {connections: [[0], [1]]}}")
    #expect(try spec.onlyFinding().message == "`connections` and `groups` exclude each other")
  }

  /// What is trained and what one image costs.
  @Test(arguments: [
    ("3x32x32", "conv(10, 5, pad=2)", 750, 10, 768_000, (750 + 10) * 1024),
    ("3x32x32", "conv(10, 5, pad=2, bias=no)", 750, 0, 768_000, 768_000),
    ("6x5x5", "conv(4, 3, groups=2)", 4 * 3 * 9, 4, 108 * 9, 112 * 9),
    ("4x8x8", "depthwise(3, multiplier=2)", 72, 8, 72 * 36, 80 * 36),
    ("4x8x8", "depthwise(3, bias=no)", 36, 0, 36 * 36, 36 * 36),
    ("4x8x8", "deconv(2, 2, stride=2)", 32, 2, 32 * 64, 32 * 64 + 2 * 256),
    ("4x8x8", "deconv(2, 2, stride=2, groups=2, bias=no)", 16, 0, 16 * 64, 16 * 64),
    ("4x8x8", "maxpool(2)", 0, 0, 0, 0),
    ("4x8x8", "globalavgpool", 0, 0, 0, 0),
    ("6x28x28", "subsample(2)", 6, 6, 0, 5880),
  ])
  func `counts`(
    input: String, layer: String, weights: Int, biases: Int, multiplications: Int, connections: Int
  ) throws {
    let checked = try #require(CheckedSpec(input, layer).network?.layers.first)
    #expect(checked.weights == weights)
    #expect(checked.biases == biases)
    #expect(checked.multiplications == multiplications)
    #expect(checked.connections == connections)
    #expect(checked.buffers == 0)
  }

  @Test func `pools count their reads as other operations`() throws {
    #expect(try CheckedSpec("4x8x8", "maxpool(2)").layer("maxpool1").otherOperations == 4 * 16 * 4)
    #expect(try CheckedSpec("4x8x6", "globalavgpool").layer("globalavgpool1").otherOperations == 4 * 48)
    // The sum of four, then a factor and a summand.
    #expect(
      try CheckedSpec("6x28x28", "subsample(2)").layer("subsample1").otherOperations == 6 * 196 * (4 + 2))
  }
}
