import CNNGraph
import Testing

struct ChannelAffineTests {
  let shape = Shape(2, 1, 2)

  @Test func `shape, parameters and cost`() {
    let relu = ChannelAffine(epilogue: Epilogue(activation: .relu))
    #expect(ChannelAffine().outputShape(for: [shape]) == shape)
    #expect(ChannelAffine().outputShape(for: [shape, shape]) == nil)
    #expect(
      ChannelAffine().parameters(for: [shape]) == [
        ParameterSpec("weight", [2], .weight), ParameterSpec("bias", [2], .bias),
      ])
    #expect(ChannelAffine().cost(for: [shape], output: shape).otherOperations.value == 8)
    #expect(relu.cost(for: [shape], output: shape).otherOperations.value == 12)
  }

  @Test func `a factor and a bias a channel, then the epilogue`() {
    let parameters: [Tensor<Double>] = [Tensor([2], [2, -1]), Tensor([2], [1, 0.5])]
    let x = image(shape, [1, -1, 2, -2])
    #expect(ChannelAffine().evaluate([x], parameters: parameters).elements == [3, -1, -1.5, 2.5])
    let op = ChannelAffine(epilogue: Epilogue(addsResidual: true, activation: .relu))
    let residual = image(shape, [1, 1, 1, 1])
    #expect(op.evaluate([x, residual], parameters: parameters).elements == [4, 0, 0, 3.5])
  }
}
