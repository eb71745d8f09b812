import CNNGraph
import CNNSpec
import Testing

/// The kernels of the backward half.
struct GradientKernelTests {
  static let shapes = [
    Shape(1, 1, 1), Shape(3, 5, 7), Shape(15, 3, 2), Shape(16, 4, 4), Shape(17, 1, 9), Shape(2, 37, 31),
  ]

  /// In memory of its own, then over each input that the operator offers.
  private func check(
    _ op: GradientOp, _ inputs: [Shape], _ parameters: [[Int]] = [], tolerance: Double = 1e-5
  ) throws {
    try KernelChecker.check(.gradient(op), inputs: inputs, parameters: parameters, tolerance: tolerance)
    for index in op.implementation.inPlaceInputs {
      try KernelChecker.check(
        .gradient(op), inputs: inputs, parameters: parameters, places: [0: .overInput(index)],
        tolerance: tolerance)
    }
  }

  @Test(arguments: ActivationKernelTests.all, shapes)
  func activations(activation: Activation, shape: Shape) throws {
    try check(.activation(ActivationGradient(activation)), [shape, shape])
  }

  @Test(arguments: shapes)
  func `one number a channel`(shape: Shape) throws {
    let channels = [shape.channels]
    try check(.channelReduction(ChannelReduction(.one)), [shape])
    try check(.channelReduction(ChannelReduction(.input)), [shape, shape])
    try check(.channelReduction(ChannelReduction(.negativeInput)), [shape, shape])
    try check(.channelScale(ChannelScale()), [shape], [channels])
    try check(.prelu(PReLUGradient()), [shape, shape], [channels])
  }

  @Test(arguments: shapes)
  func `softmax and its logarithm`(shape: Shape) throws {
    try check(.softmax(SoftmaxGradient(isLogarithmic: false)), [shape, shape])
    try check(.softmax(SoftmaxGradient(isLogarithmic: true)), [shape, shape])
  }

  @Test(arguments: shapes, [(5, 0.75), (2, 0.75), (1, 0.5), (40, 1.2)])
  func `local response norm`(shape: Shape, window: (size: Int, beta: Double)) throws {
    let layer = LocalResponseNorm(size: window.size, alpha: 0.3, beta: window.beta, k: 1.5)
    try check(.localResponseNorm(LocalResponseNormGradient(layer)), [shape, shape])
  }

  @Test(arguments: shapes)
  func `distances to centres`(shape: Shape) throws {
    for units in [1, 10] {
      try check(
        .radialBasis(RadialBasisGradient()), [Shape(units, 1, 1), shape], [[units, shape.count]])
    }
  }

  @Test(arguments: [Size2D(1), Size2D(2), Size2D(height: 3, width: 1), Size2D(height: 2, width: 5)])
  func `bilinear upsampling`(factor: Size2D) throws {
    for shape in [Shape(1, 1, 1), Shape(3, 5, 7), Shape(17, 2, 1)] {
      let dy = Shape(shape.channels, shape.height * factor.height, shape.width * factor.width)
      try check(.upsample2d(Upsample2DGradient(factor: factor)), [dy])
    }
  }

  @Test(arguments: [(0, 1), (1, 2), (2, 1), (0, 3)])
  func `slices of channels`(first: Int, count: Int) throws {
    for shape in [Shape(3, 1, 1), Shape(3, 5, 7)] {
      try check(.channelSlice(ChannelSlice(first: first, count: count)), [shape], tolerance: 0)
    }
  }

  @Test(arguments: [
    [1, 1, 1, 1], [3, 15, 3, 2], [16, 16, 1, 1], [17, 48, 3, 3], [48, 17, 5, 1], [2, 33, 2, 2],
  ])
  func `filters and channels exchanged`(weight: [Int]) throws {
    for groups in [1, 3] {
      let weight = [groups * weight[0]] + weight.dropFirst()
      try check(.transposeFilters(TransposeFilters(groups: groups)), [], [weight], tolerance: 0)
    }
  }

  @Test(arguments: shapes)
  func `batch norm`(shape: Shape) throws {
    let channels = [[Int]](repeating: [shape.channels], count: 3)
    try check(.batchNorm(BatchNormGradient()), [shape, shape], channels)
  }
}
