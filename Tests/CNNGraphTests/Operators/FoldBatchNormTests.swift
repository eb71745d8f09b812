import CNNGraph
import Testing

struct FoldBatchNormTests {
  static func types(_ dimensions: [Int]...) -> [TensorType] { dimensions.map(TensorType.parameter) }

  @Test(
    arguments: [
      (.weight(channelAxis: 0, groups: 1), [6, 3, 2, 2], 6, true),
      (.weight(channelAxis: 0, groups: 3), [6, 1, 2, 2], 6, true),
      (.weight(channelAxis: 0, groups: 1), [6, 40], 6, true),
      (.weight(channelAxis: 0, groups: 1), [6, 40], 5, false),
      (.weight(channelAxis: 1, groups: 1), [4, 6, 2, 2], 6, true),
      (.weight(channelAxis: 1, groups: 2), [4, 3, 2, 2], 6, true),
      (.weight(channelAxis: 1, groups: 2), [4, 6, 2, 2], 6, false),
      (.weight(channelAxis: 1, groups: 3), [4, 2, 2, 2], 6, false),
      (.weight(channelAxis: 1, groups: 1), [6], 6, false),
      (.bias(hasBias: true), [6], 6, true), (.bias(hasBias: true), [5], 6, false),
    ] as [(FoldBatchNorm.Result, [Int], Int, Bool)])
  func `the tensor's channels are the batch norm's`(
    result: FoldBatchNorm.Result, dimensions: [Int], channels: Int, fits: Bool
  ) {
    let statistics = [TensorType](repeating: .parameter([channels]), count: 4)
    let types = FoldBatchNorm(result, epsilon: 0)
      .outputTypes(inputs: [], parameters: [.parameter(dimensions)] + statistics)
    #expect(types == (fits ? [.parameter(dimensions)] : nil))
  }

  @Test(arguments: [FoldBatchNorm.Result.bias(hasBias: false), .scale, .shift])
  func `without a tensor, a value a channel`(result: FoldBatchNorm.Result) {
    let op = FoldBatchNorm(result, epsilon: 0)
    let statistics = [TensorType](repeating: .parameter([6]), count: 4)
    #expect(op.outputTypes(inputs: [], parameters: statistics) == [.parameter([6])])
    #expect(op.outputTypes(inputs: [], parameters: statistics + statistics.prefix(1)) == nil)
    #expect(op.outputTypes(inputs: [.activation(Shape(6, 1, 1))], parameters: statistics) == nil)
  }

  /// gamma, beta, mean and variance of channels whose factors are 2, 3, -1, 4.
  let statistics: [Tensor<Double>] = [
    Tensor([4], [2, 6, -1, 2]), Tensor([4], [10, 20, 30, 40]), Tensor([4], [1, 2, 3, 4]),
    Tensor([4], [0.5, 3.5, 0.5, -0.25]),
  ]

  private func fold(_ result: FoldBatchNorm.Result, _ tensor: [Tensor<Double>] = []) -> [Double] {
    FoldBatchNorm(result, epsilon: 0.5).evaluateAll([], parameters: tensor + statistics)[0].elements
  }

  @Test func `weights are scaled by output channel`() {
    let ones = Tensor<Double>([4, 1, 1, 2], [Double](repeating: 1, count: 8))
    #expect(fold(.weight(channelAxis: 0, groups: 2), [ones]) == [2, 2, 3, 3, -1, -1, 4, 4])
    // Four input channels, two groups of two outputs each.
    let deconv = Tensor<Double>([4, 2, 1, 1], [1, 2, 3, 4, 5, 6, 7, 8])
    #expect(fold(.weight(channelAxis: 1, groups: 2), [deconv]) == [2, 6, 6, 12, -5, 24, -7, 32])
    let one = Tensor<Double>([1, 4, 1, 1], [1, 1, 1, 1])
    #expect(fold(.weight(channelAxis: 1, groups: 1), [one]) == [2, 3, -1, 4])
  }

  @Test func `biases are shifted, scaled and shifted`() {
    #expect(fold(.bias(hasBias: true), [Tensor([4], [1, 1, 1, 1])]) == [10, 17, 32, 28])
    #expect(fold(.bias(hasBias: false)) == [8, 14, 33, 24])
    #expect(fold(.shift) == [8, 14, 33, 24])
    #expect(fold(.scale) == [2, 3, -1, 4])
  }

  @Test func `scale and shift are the batch norm as a channel affine`() {
    let x = counting(Shape(4, 2, 2))
    let affine = ChannelAffine().evaluate(
      [x], parameters: [Tensor([4], fold(.scale)), Tensor([4], fold(.shift))])
    let norm = BatchNorm(epsilon: 0.5).evaluate([x], parameters: statistics)
    #expect(distance(affine.elements, norm.elements) < 1e-12)
  }
}
