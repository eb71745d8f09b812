import CNNGraph
import Testing

struct BatchNormTests {
  let shape = Shape(2, 1, 2)

  @Test func `shape, parameters and cost`() {
    let residual = BatchNorm(epilogue: Epilogue(addsResidual: true, activation: .relu))
    #expect(BatchNorm().outputShape(for: [shape]) == shape)
    #expect(BatchNorm().outputShape(for: [shape, shape]) == nil)
    #expect(residual.outputShape(for: [shape, shape]) == shape)
    #expect(residual.outputShape(for: [shape, Shape(2, 2, 1)]) == nil)
    #expect(
      BatchNorm().parameters(for: [shape]) == [
        ParameterSpec("weight", [2], .weight), ParameterSpec("bias", [2], .bias),
        ParameterSpec("running_mean", [2], .buffer), ParameterSpec("running_var", [2], .buffer),
      ])
    #expect(BatchNorm().cost(for: [shape], output: shape).otherOperations.value == 8)
    #expect(residual.cost(for: [shape, shape], output: shape).otherOperations.value == 16)
  }

  @Test func `running statistics are taken away, then weight and bias applied`() {
    let parameters: [Tensor<Double>] = [
      Tensor([2], [10, 1]), Tensor([2], [0.5, -1]), Tensor([2], [1, 0]), Tensor([2], [3, 0.25 - 1]),
    ]
    let y = BatchNorm(epsilon: 1).evaluate([image(shape, [1, 3, 2, -2])], parameters: parameters)
    #expect(y.elements == [0.5, 10.5, 3, -5])
  }

  @Test func `a residual is added before the activation`() {
    let parameters = [1.0, 0, 0, 1].map { Tensor([2], [$0, $0]) }
    let op = BatchNorm(epsilon: 0, epilogue: Epilogue(addsResidual: true, activation: .relu))
    let y = op.evaluate(
      [image(shape, [1, -2, 3, -4]), image(shape, [1, 1, -5, 10])], parameters: parameters)
    #expect(y.elements == [2, 0, 0, 6])
  }
}
