import CNNGraph
import CNNSpec
import Testing

/// Convolutions of whose squares the maxima and their places are stored, and what the places are for.
struct ConvPool2DTrainingKernelTests {
  /// Expects all three to give their references.
  private func check(
    _ conv: Conv2D, _ activation: Activation? = nil, on shape: Shape, batch: Int = 3,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let between = try #require(conv.outputShape(for: [shape]), sourceLocation: sourceLocation)
    let rest = Padding(top: 0, bottom: -(between.height % 2), left: 0, right: -(between.width % 2))
    let pool = Pool2D(mode: .max, window: Window2D(kernel: Size2D(2), stride: Size2D(2), padding: rest))
    let op = try #require(
      ConvPool2DTraining(conv, activation, pool, input: shape), sourceLocation: sourceLocation)
    let output = try #require(op.both.outputShape(for: [shape]), sourceLocation: sourceLocation)
    let parameters = conv.parameters(for: [shape]).map(\.dimensions)
    try KernelChecker.check(
      .training(.convPool2d(op)), inputs: [shape], parameters: parameters, batch: batch,
      sourceLocation: sourceLocation)
    let place = { (value: Float) in ((value + 1) * 2).rounded(.down) }
    try KernelChecker.check(
      .gradient(.convPool2dInput(ConvPool2DInputGradient(both: op.both, inputShape: shape))),
      inputs: [output, output], parameters: [parameters[0]], batch: batch,
      inputTransform: { $0 == 1 ? place($1) : $1 }, sourceLocation: sourceLocation)
    try KernelChecker.check(
      .gradient(.convPool2dWeight(ConvPool2DWeightGradient(both: op.both))), inputs: [shape, output, output],
      batch: batch, inputTransform: { $0 == 2 ? place($1) : $1 }, sourceLocation: sourceLocation)
  }

  private func window(_ kernel: Int, pad: Int = 0) -> Window2D {
    Window2D(kernel: Size2D(kernel), padding: Padding(pad))
  }

  @Test func `LeNet-5's`() throws {
    try check(Conv2D(filters: 6, window: window(5, pad: 2)), .relu, on: Shape(1, 28, 28))
    try check(Conv2D(filters: 16, window: window(5)), .relu, on: Shape(6, 14, 14))
  }

  @Test(arguments: 1...16, [1, 2, 3, 4, 5, 7, 15])
  func `filters and channels round what the registers hold`(filters: Int, channels: Int) throws {
    try check(Conv2D(filters: filters, window: window(3, pad: 1)), on: Shape(channels, 6, 10))
    try check(Conv2D(filters: filters, window: window(2), hasBias: false), .relu, on: Shape(channels, 4, 6))
  }

  @Test(arguments: 1...7, 1...7) func `kernels of all heights and widths`(height: Int, width: Int) throws {
    let kernel = Size2D(height: height, width: width)
    let padding = Padding(top: height / 2, bottom: 1, left: 0, right: width / 2)
    try check(Conv2D(filters: 4, window: Window2D(kernel: kernel)), on: Shape(2, 9, 10))
    try check(
      Conv2D(filters: 7, window: Window2D(kernel: kernel, padding: padding)), .relu, on: Shape(5, 9, 10))
  }

  @Test(arguments: [
    Padding(top: 3, bottom: 0, left: 0, right: 4), Padding(top: 0, bottom: 5, left: 5, right: 0), Padding(9),
    Padding(top: -1, bottom: 2, left: -2, right: 3), Padding(top: 2, bottom: -3, left: 1, right: -2),
  ])
  func `padding, some squares of which see nothing else, and cropping`(padding: Padding) throws {
    try check(Conv2D(filters: 6, window: Window2D(kernel: Size2D(3), padding: padding)), on: Shape(3, 7, 8))
  }

  @Test func `images that take all the room, in several bands forward`() throws {
    try check(Conv2D(filters: 4, window: window(3, pad: 1)), .relu, on: Shape(1, 60, 60))
    try check(Conv2D(filters: 15, window: window(5, pad: 2)), on: Shape(3, 30, 30))
    try check(Conv2D(filters: 2, window: window(1)), on: Shape(7, 44, 44))
  }
}
