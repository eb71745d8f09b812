import CNNGraph
import CNNSpec
import Testing

struct RadialBasisTests {
  @Test func `shape, parameters and cost: LeNet-5's output`() {
    let (rbf, shape) = (RadialBasis(units: 10), Shape(84, 1, 1))
    #expect(rbf.outputShape(for: [shape]) == Shape(10, 1, 1))
    #expect(rbf.parameters(for: [shape]) == [ParameterSpec("centers", [10, 84], .buffer)])
    let cost = rbf.cost(for: [shape], output: Shape(10, 1, 1))
    #expect(cost == Cost(otherOperations: 2520, connections: 840))
  }

  @Test func `squared distances`() {
    let x = Tensor<Double>([1, 3, 1, 1], [1, 2, 3])
    let centers = Tensor<Double>([2, 3], [1, 2, 3, -1, 0, 4])
    #expect(RadialBasis(units: 2).evaluate([x], parameters: [centers]).elements == [0, 9])
  }
}
