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
