import CNNGraph
import CNNRuntime
import CNNSpec
import Testing

/// Convolutions whose maxima are stored only, with the packing of their weights, against the naive reference.
struct ConvPool2DKernelTests {
  /// Expects what ``ConvPool2D`` is lowered to give its reference; a last row and column of the convolution that is
  /// in no square is left out.
  private func check(
    _ conv: Conv2D, on shape: Shape, batch: Int = 2, spoiling place: Int? = nil,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let between = try #require(conv.outputShape(for: [shape]), sourceLocation: sourceLocation)
    let rest = Padding(top: 0, bottom: -(between.height % 2), left: 0, right: -(between.width % 2))
    let pool = Pool2D(
      mode: .max, window: Window2D(kernel: Size2D(2), stride: Size2D(2), padding: rest))
    let op = try #require(
      ConvPool2D(conv, pool, input: shape, packing: .planarPanels), sourceLocation: sourceLocation)
    let output = try #require(op.outputShape(for: [shape]), sourceLocation: sourceLocation)
    var elements = KernelChecker.numbers(0, batch * shape.count)
    if let place { elements[place] = .nan }
    let input = Tensor([batch, shape.channels, shape.height, shape.width], elements)
    let parameters = conv.parameters(for: [shape]).enumerated().map {
      Tensor($1.dimensions, KernelChecker.numbers(100 + UInt64($0), $1.dimensions.reduce(1, *)))
    }
    let expected = op.evaluate(
      [Tensor<Double>(input.dimensions, input.elements.map(Double.init))],
      parameters: parameters.map { Tensor<Double>($0.dimensions, $0.elements.map(Double.init)) })

    var memory = KernelChecker.Memory()
    let x = memory.place(input.elements, images: batch)
    let places = parameters.map { memory.place($0.elements, images: 1) }
    let types = parameters.map { TensorType.parameter($0.dimensions) }
    let packed = types[0].laid(out: .packed(.planarPanels))
    let panels = memory.place([Float](repeating: .nan, count: packed.storedCount), images: 1)
    let y = memory.place([Float](repeating: 7, count: batch * output.count), images: batch)
    let packing = ChangeLayout(to: .packed(.planarPanels)).lower(
      CallSite(
        batch: 1, inputTypes: [], parameterTypes: [types[0]], outputTypes: [packed], inputs: [],
        parameters: [places[0]], outputs: [panels]))
    let calls = op.lower(
      CallSite(
        batch: batch, inputTypes: [.activation(shape)], parameterTypes: [packed] + types.dropFirst(),
        outputTypes: [.activation(output)], inputs: [x], parameters: [panels] + places.dropFirst(),
        outputs: [y]))
    let before = memory.elements
    memory.run(packing + calls)

    let label: Comment = "\(conv) on \(shape)"
    let images = (0..<batch).map { memory.index(of: y, image: $0) }.map { $0..<$0 + output.count }
    let found = images.flatMap { memory.elements[$0] }
    let scale = max(expected.elements.filter { !$0.isNaN }.map(abs).max() ?? 0, 1e-30)
    let wrong = zip(found, expected.elements).first { found, expected in
      expected.isNaN ? !found.isNaN : !(abs(Double(found) - expected) <= 1e-5 * scale)
    }
    #expect(wrong == nil, label, sourceLocation: sourceLocation)
    let start = memory.index(of: panels, image: 0)
    KernelChecker.expectKept(
      before, memory.elements, but: images + [start..<start + packed.storedCount], sourceLocation)
  }

  private func window(_ kernel: Int, pad: Int = 0) -> Window2D {
    Window2D(kernel: Size2D(kernel), padding: Padding(pad))
  }

  @Test(arguments: [1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 33], [1, 2, 3, 6])
  func `filters round what the registers hold`(filters: Int, channels: Int) throws {
    try check(Conv2D(filters: filters, window: window(3, pad: 1)), on: Shape(channels, 6, 10))
    try check(Conv2D(filters: filters, window: window(3), hasBias: false), on: Shape(channels, 6, 5))
  }

  /// 1 to 40 maxima, in one row and in several.
  @Test(arguments: 1...40) func `maxima round the vectors`(count: Int) throws {
    try check(Conv2D(filters: 5, window: window(3)), on: Shape(2, 4, 2 * count + 2))
    try check(Conv2D(filters: 16, window: window(2)), on: Shape(2, 2 * count + 1, 3))
    if count % 5 == 0 {
      try check(Conv2D(filters: 3, window: window(3, pad: 1)), on: Shape(2, 2 * count / 5, 10))
    }
  }

  @Test(arguments: 1...7, 1...7) func `kernels of all heights and widths`(height: Int, width: Int) throws {
    let kernel = Size2D(height: height, width: width)
    let padding = Padding(top: height / 2, bottom: 1, left: 0, right: width / 2)
    try check(Conv2D(filters: 4, window: Window2D(kernel: kernel)), on: Shape(2, 9, 10))
    try check(Conv2D(filters: 7, window: Window2D(kernel: kernel, padding: padding)), on: Shape(2, 9, 10))
  }

  @Test(arguments: [
    Padding(top: 3, bottom: 0, left: 0, right: 4), Padding(top: 0, bottom: 5, left: 5, right: 0), Padding(9),
    Padding(top: -1, bottom: 2, left: -2, right: 3), Padding(top: 2, bottom: -3, left: 1, right: -2),
  ])
  func `padding, some squares of which see nothing else, and cropping`(padding: Padding) throws {
    let conv = Conv2D(filters: 6, window: Window2D(kernel: Size2D(3), padding: padding))
    try check(conv, on: Shape(3, 7, 8))
  }

  @Test(arguments: [Activation.relu, .relu6, .sigmoid, .tanh, .scaledTanh])
  func `functions`(function: Activation) throws {
    let epilogue = Epilogue(activation: function)
    try check(Conv2D(filters: 6, window: window(3), epilogue: epilogue), on: Shape(3, 10, 11))
    try check(Conv2D(filters: 17, window: window(2), epilogue: epilogue), on: Shape(1, 7, 7))
  }

  @Test func `images of several bands, and single rows that take all the room`() throws {
    try check(Conv2D(filters: 6, window: window(5, pad: 2)), on: Shape(3, 57, 60))
    try check(Conv2D(filters: 2, window: window(3, pad: 1)), on: Shape(1, 6, 1900), batch: 1)
    try check(Conv2D(filters: 3, window: window(1)), on: Shape(5, 40, 70))
  }

  @Test(arguments: [0, 17, 63]) func `not a number wins`(place: Int) throws {
    try check(Conv2D(filters: 17, window: window(3, pad: 1)), on: Shape(1, 8, 8), spoiling: place)
    try check(Conv2D(filters: 16, window: window(2)), on: Shape(1, 7, 3 + 2 * 8), spoiling: place)
  }
}
