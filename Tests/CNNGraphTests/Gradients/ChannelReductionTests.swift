import CNNGraph
import Testing

struct ChannelReductionTests {
  @Test func `sums of dy, of dy x, and of dy min(x, 0)`() {
    let dy = Tensor<Double>([2, 2, 1, 2], [1, 2, 3, 4, 5, 6, 7, 8])
    let x = Tensor<Double>([2, 2, 1, 2], [1, -1, 2, 0, -1, 1, 0.5, -2])
    #expect(ChannelReduction(.one).evaluateAll([dy], parameters: [])[0].elements == [14, 22])
    #expect(ChannelReduction(.input).evaluateAll([dy, x], parameters: [])[0].elements == [0, -6.5])
    #expect(ChannelReduction(.negativeInput).evaluateAll([dy, x], parameters: [])[0].elements == [-7, -16])
  }

  @Test(arguments: [Shape(1, 1, 1), Shape(3, 4, 5)])
  func `a channel's factor and bias, against finite differences`(shape: Shape) throws {
    try GradientChecker.check(ChannelAffine(), as: .channelAffine(ChannelAffine()), on: [shape], batch: 3)
  }
}
