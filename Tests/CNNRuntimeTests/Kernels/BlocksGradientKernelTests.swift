import CNNGraph
import CNNSpec
import Testing

/// The operators of training steps on channel blocks.
struct BlocksGradientKernelTests {
  /// Round the blocks of channels, and the runs of pixels that units have.
  static let shapes = [
    Shape(1, 1, 1), Shape(3, 5, 7), Shape(15, 3, 2), Shape(16, 4, 4), Shape(17, 16, 17), Shape(48, 9, 1),
    Shape(2, 37, 31),
  ]

  static func blocks(_ shape: Shape) -> TensorType { .activation(shape).laid(out: .channelBlocks) }

  /// In memory of its own, then over each input that the operator offers.
  static func check(
    _ op: Op, _ inputs: [TensorType], _ parameters: [TensorType] = [], batch: Int = 3,
    tolerance: Double = 1e-5,
    transform: (_ input: Int, Float) -> Float = { $1 }, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    for place in [nil] + op.implementation.inPlaceInputs.map(Optional.some) {
      try KernelChecker.check(
        operator: op.implementation, inputs: inputs, parameters: parameters, batch: batch, inPlace: place,
        tolerance: tolerance, inputTransform: transform, sourceLocation: sourceLocation)
    }
  }

  @Test(arguments: shapes, [1, 2, 5])
  func `batch norm`(shape: Shape, batch: Int) throws {
    let channels = TensorType.parameter([shape.channels])
    try Self.check(
      .training(.batchNorm(BatchNormTraining(epsilon: 1e-3))), [Self.blocks(shape)], [channels, channels],
      batch: batch)
    try Self.check(
      .gradient(.batchNorm(BatchNormGradient())), [Self.blocks(shape), Self.blocks(shape)],
      [channels, channels, channels], batch: batch)
  }

  @Test(arguments: shapes)
  func `batch norm with ReLU behind it`(shape: Shape) throws {
    let channels = TensorType.parameter([shape.channels])
    try Self.check(
      .training(.batchNorm(BatchNormTraining(isRectified: true))), [Self.blocks(shape)], [channels, channels])
    try Self.check(
      .gradient(.batchNorm(BatchNormGradient(isRectified: true))), [Self.blocks(shape), Self.blocks(shape)],
      [channels, channels, channels, channels])
  }

  @Test func `batch norm with ReLU behind it is of channel blocks only`() {
    let (plain, channels) = (TensorType.activation(Shape(3, 4, 4)), TensorType.parameter([3]))
    for (type, fits) in [(plain, false), (plain.laid(out: .channelBlocks), true)] {
      let forward = BatchNormTraining(isRectified: true)
      let backward = BatchNormGradient(isRectified: true)
      let parameters = [TensorType](repeating: channels, count: 4)
      #expect((forward.outputTypes(inputs: [type], parameters: [channels, channels]) != nil) == fits)
      #expect((backward.outputTypes(inputs: [type, type], parameters: parameters) != nil) == fits)
    }
  }

  @Test func `a mean far above the deviations keeps their digits`() throws {
    let channels = TensorType.parameter([3])
    try Self.check(
      .training(.batchNorm(BatchNormTraining())), [Self.blocks(Shape(3, 15, 17))], [channels, channels],
      tolerance: 1e-3, transform: { 1000 + $1 })
  }

  @Test(arguments: shapes)
  func `one number a channel`(shape: Shape) throws {
    let type = Self.blocks(shape)
    try Self.check(.gradient(.channelReduction(ChannelReduction(.one))), [type])
    try Self.check(.gradient(.channelReduction(ChannelReduction(.input))), [type, type])
    try Self.check(.gradient(.channelReduction(ChannelReduction(.negativeInput))), [type, type])
    try Self.check(.gradient(.channelScale(ChannelScale())), [type], [.parameter([shape.channels])])
  }

  @Test(arguments: ActivationKernelTests.all, shapes)
  func activations(activation: Activation, shape: Shape) throws {
    let type = Self.blocks(shape)
    try Self.check(.gradient(.activation(ActivationGradient(activation))), [type, type])
  }

  @Test(arguments: [Shape(16, 1, 1), Shape(48, 5, 7), Shape(67, 1, 17)])
  func `slices of channels`(shape: Shape) throws {
    for (first, count) in [(0, 16), (0, 1), (1, 15), (3, 10), (15, 1), (16, 32), (17, 3), (9, 39), (16, 17)]
    where first + count <= shape.channels {
      let op = ChannelSlice(first: first, count: count)
      try Self.check(.gradient(.channelSlice(op)), [Self.blocks(shape)], tolerance: 0)
    }
  }

  @Test(arguments: shapes, [(5, 0.75), (2, 0.75), (1, 0.5), (40, 1.2)])
  func `local response norm`(shape: Shape, window: (size: Int, beta: Double)) throws {
    let layer = LocalResponseNorm(size: window.size, alpha: 0.3, beta: window.beta, k: 1.5)
    let type = Self.blocks(shape)
    try Self.check(.gradient(.localResponseNorm(LocalResponseNormGradient(layer))), [type, type], batch: 17)
  }

  @Test(arguments: shapes, [0, 0.3, 1])
  func `dropout's mask is the reference's, bit for bit`(shape: Shape, rate: Double) throws {
    let state = RandomState(seed: .max, step: 1 << 40 + 77, firstImage: 1 << 33)
    for place in [nil, 0] {
      var next = state.elements.makeIterator()
      try KernelChecker.check(
        operator: DropoutTraining(rate: rate, stream: 3), inputs: [Self.blocks(shape)],
        parameters: [.parameter([12])], inPlace: place, tolerance: 1e-6,
        parameterTransform: { _, _ in next.next() ?? 0 })
    }
  }

  @Test func `a mixture of layouts is refused`() {
    let shape = Shape(3, 4, 4)
    let pool = Pool2D(mode: .max, window: Window2D(kernel: Size2D(2), stride: Size2D(2)))
    let operators: [any Operator] = [
      ActivationGradient(.relu), BatchNormGradient(), ChannelReduction(.input),
      Pool2DGradient(pool: pool, inputShape: shape),
    ]
    for op in operators {
      let inputs = [Self.blocks(op is Pool2DGradient ? Shape(3, 2, 2) : shape), .activation(shape)]
      let parameters = op is BatchNormGradient ? [TensorType](repeating: .parameter([3]), count: 3) : []
      #expect(op.outputTypes(inputs: inputs, parameters: parameters) == nil)
      let both = inputs.map { $0.laid(out: .channelBlocks) }
      #expect(op.outputTypes(inputs: both, parameters: parameters) != nil)
    }
  }
}

struct BlocksPool2DGradientKernelTests {
  private func check(_ pool: Pool2D, _ shape: Shape, transform: @escaping (Int, Float) -> Float) throws {
    let dy = BlocksGradientKernelTests.blocks(try #require(pool.outputShape(for: [shape])))
    let inputs = pool.mode == .max ? [dy, BlocksGradientKernelTests.blocks(shape)] : [dy]
    try KernelChecker.check(
      operator: Pool2DGradient(pool: pool, inputShape: shape), inputs: inputs, inputTransform: transform)
  }

  @Test(arguments: Pool2DKernelTests.all)
  func `every window`(window: Window2D) throws {
    for mode in [
      Pool2D.Mode.max, .sum, .average(counted: .none), .average(counted: window.padding),
      .average(counted: Padding(top: 1, bottom: 0, left: 0, right: 1)),
    ] {
      for channels in [1, 15, 17, 48] {
        // Few different numbers in what was pooled, so that many windows have several maxima.
        try check(Pool2D(mode: mode, window: window), Shape(channels, 7, 9)) {
          $0 == 1 ? ($1 * 3).rounded() : $1
        }
      }
    }
  }

  @Test(arguments: Pool2DKernelTests.all)
  func `not-a-number takes its windows' gradients, and a window of padding gives none`(window: Window2D)
    throws
  {
    try check(Pool2D(mode: .max, window: window), Shape(17, 7, 9)) {
      $0 == 0 ? $1 : $1 > 0.5 ? .nan : $1 < -0.5 ? -.infinity : $1
    }
  }
}

/// The gradient of a convolution's input in channel blocks, from turned weights in panels.
struct Conv2DInputGradientBlocksKernelTests {
  private func check(_ conv: Conv2D, _ shape: Shape, batch: Int = 2) throws {
    let dy = BlocksGradientKernelTests.blocks(try #require(conv.outputShape(for: [shape])))
    let kernel = conv.window.kernel
    let turned = TensorType.parameter([
      shape.channels, conv.filters / conv.groups, kernel.height, kernel.width,
    ])
    try KernelChecker.check(
      operator: Conv2DInputGradient(conv: conv, inputShape: shape, hasTurnedWeights: true), inputs: [dy],
      parameters: [turned.laid(out: .packed(.panels(groups: conv.groups)))], batch: batch)
  }

  static let windows = [
    (Conv2DKernelTests.window(3, stride: 2, pad: 1), 7, 9), (Conv2DKernelTests.window(3, stride: 2), 7, 9),
    (Conv2DKernelTests.window(1, stride: 2), 7, 9), (Conv2DKernelTests.window(1, stride: 3), 7, 10),
    (Conv2DKernelTests.window(5, stride: 3, pad: 2), 7, 10),
    (Conv2DKernelTests.window(7, stride: 4, pad: 3), 9, 5),
    (Conv2DKernelTests.window(3, stride: 2, pad: 2, dilation: 2), 7, 9),
    (Conv2DKernelTests.window(3, stride: 3, pad: 1, dilation: 2), 6, 9),
    (Conv2DKernelTests.window(2, stride: 9), 11, 2), (Conv2DKernelTests.window(3, stride: 2, pad: -1), 7, 9),
    (Conv2DKernelTests.window(3, pad: 1), 7, 9),
  ]

  @Test(arguments: windows)
  func `every window`(window: Window2D, height: Int, width: Int) throws {
    for (channels, filters) in [(1, 17), (3, 16), (15, 48), (16, 1), (17, 3), (48, 15)] {
      try check(Conv2D(filters: filters, window: window), Shape(channels, height, width))
    }
  }

  @Test func `groups, and several units of pixels`() throws {
    let window = Conv2DKernelTests.window(3, stride: 2, pad: 1)
    try check(Conv2D(filters: 64, window: window, groups: 2), Shape(32, 7, 9), batch: 3)
    try check(Conv2D(filters: 5, window: window), Shape(17, 43, 41), batch: 1)
    try check(Conv2D(filters: 5, window: Conv2DKernelTests.window(1, stride: 2)), Shape(17, 43, 41), batch: 1)
  }

  @Test func `the layout of the weights says what is computed`() throws {
    let conv = Conv2D(filters: 4, window: Conv2DKernelTests.window(3, stride: 2))
    let shape = Shape(2, 7, 9)
    let dy = TensorType.activation(try #require(conv.outputShape(for: [shape])))
    let (plain, turned) = (TensorType.parameter([4, 2, 3, 3]), TensorType.parameter([2, 4, 3, 3]))
    let panels = turned.laid(out: .packed(.panels(groups: 1)))
    for (hasTurned, layout, weight, fits) in [
      (false, Layout.rowMajor, plain, true), (false, .channelBlocks, plain, false),
      (true, .channelBlocks, panels, true), (true, .rowMajor, panels, false),
      (true, .channelBlocks, turned, false), (false, .rowMajor, turned, false),
    ] {
      let op = Conv2DInputGradient(conv: conv, inputShape: shape, hasTurnedWeights: hasTurned)
      let types = op.outputTypes(inputs: [dy.laid(out: layout)], parameters: [weight])
      #expect(types == (fits ? [.activation(shape).laid(out: layout)] : nil))
    }
  }
}
