import CNNGraph
import Testing

struct PReLUTests {
  @Test func `shape, parameters and cost`() {
    let shape = Shape(3, 4, 5)
    #expect(PReLU().outputShape(for: [shape]) == shape)
    #expect(PReLU().outputShape(for: []) == nil)
    #expect(PReLU().outputShape(for: [shape, shape]) == nil)
    #expect(PReLU().parameters(for: [shape]) == [ParameterSpec("weight", [3], .weight)])
    #expect(PReLU().cost(for: [shape], output: shape).otherOperations.value == 60)
  }

  @Test func `each channel has its slope`() {
    let x = image(Shape(2, 1, 3), [-2, 0, 2, -4, 1, -1])
    let y = PReLU().evaluate([x], parameters: [Tensor([2], [0.25, -3])])
    #expect(y.elements == [-0.5, 0, 2, 12, 1, 3])
  }
}
