import CNNGraph
import CNNSpec
import Testing

struct DenseTests {
  @Test func `shape, parameters and cost: VGG's fc6`() {
    let (dense, shape) = (Dense(units: 4096), Shape(512, 7, 7))
    #expect(dense.outputShape(for: [shape]) == Shape(4096, 1, 1))
    #expect(dense.parameters(for: [shape]).map(\.dimensions) == [[4096, 25088], [4096]])
    let cost = dense.cost(for: [shape], output: Shape(4096, 1, 1))
    #expect(cost.multiplications.value == 102_760_448)
    #expect(cost.connections.value == 102_764_544)
    #expect(Dense(units: Int.max).outputShape(for: [shape]) == nil)
    #expect(Dense(units: 0).outputShape(for: [shape]) == nil)
  }

  @Test func `rows times the flattened image, with bias, residual and activation`() {
    let x = Tensor<Double>([1, 2, 1, 2], [1, 2, 3, 4])
    let weight = Tensor<Double>([2, 4], [1, 0, 0, 2, -1, -1, 0, 1])
    let bias = Tensor<Double>([2], [10, -5])
    #expect(Dense(units: 2).evaluate([x], parameters: [weight, bias]).elements == [19, -4])
    let fused = Dense(units: 2, hasBias: false, epilogue: Epilogue(addsResidual: true, activation: .relu))
    let residual = Tensor<Double>([1, 2, 1, 1], [1, -3])
    #expect(fused.outputShape(for: [x.shape, residual.shape]) == Shape(2, 1, 1))
    #expect(fused.evaluate([x, residual], parameters: [weight]).elements == [10, 0])
  }
}
