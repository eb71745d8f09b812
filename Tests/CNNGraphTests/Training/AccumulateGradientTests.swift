import CNNGraph
import Testing

struct AccumulateGradientTests {
  @Test func `sums and gradients of one shape are added`() {
    let sum = Tensor([2, 2], [1.0, 2, 3, 4])
    let result = AccumulateGradient().evaluateAll([], parameters: [sum, Tensor([2, 2], [0.5, -2, 0, 6])])
    #expect(result.map(\.dimensions) == [[2, 2]])
    #expect(result[0].elements == [1.5, 0, 3, 10])
  }

  @Test func `what does not go together`() {
    let (type, other) = (TensorType.parameter([3, 2]), TensorType.parameter([2, 3]))
    let operation = AccumulateGradient()
    #expect(operation.outputTypes(inputs: [], parameters: [type, type]) == [type])
    #expect(operation.outputTypes(inputs: [], parameters: [type, other]) == nil)
    #expect(operation.outputTypes(inputs: [], parameters: [type]) == nil)
    #expect(operation.outputTypes(inputs: [type], parameters: [type, type]) == nil)
  }
}
