import CNNGraph
import Testing

struct AddTests {
  let shape = Shape(1, 1, 3)

  @Test func shapes() {
    let residual = Add(epilogue: Epilogue(addsResidual: true))
    #expect(Add().outputShape(for: []) == nil)
    #expect(Add().outputShape(for: [shape]) == shape)
    #expect(Add().outputShape(for: [shape, shape, shape]) == shape)
    #expect(Add().outputShape(for: [shape, Shape(1, 3, 1)]) == nil)
    #expect(Add().outputShape(for: [shape, Shape(1, 1, 1)]) == nil)
    #expect(residual.outputShape(for: [shape]) == nil)
  }

  @Test(arguments: [(1, nil, 0), (2, nil, 3), (4, nil, 9), (4, .relu, 12)] as [(Int, Activation?, Int)])
  func cost(count: Int, activation: Activation?, operations: Int) {
    let inputs = [Shape](repeating: shape, count: count)
    let op = Add(epilogue: Epilogue(activation: activation))
    #expect(op.cost(for: inputs, output: shape).otherOperations.value == operations)
  }

  @Test func `the sum, then the activation`() {
    let inputs = [image(shape, [1, -2, 3]), image(shape, [4, 5, -6]), image(shape, [-1, -9, 1])]
    #expect(Add().evaluate(inputs, parameters: []).elements == [4, -6, -2])
    #expect(
      Add(epilogue: Epilogue(activation: .relu)).evaluate(inputs, parameters: []).elements == [4, 0, 0])
  }

  @Test func `a chain of calls, the activation at the last`() {
    let op = Add(epilogue: Epilogue(activation: .relu))
    let call = site(inputs: [shape, shape, shape], output: shape)
    let calls = op.lower(call)
    #expect(calls.map(\.kernel) == [.add, .add])
    let (y, x) = (call.output, call.inputs)
    #expect(calls.map(\.operands) == [[y, x[0], x[1]], [y, y, x[2]]])
    #expect(
      calls.map { $0.arguments.first { $0.name == "function" }?.value } == [.integer(0), .integer(1)])
  }

  @Test func `what lies at the output's place is read first`() {
    let place = Operand(.arena(offset: 0), imageStride: 3)
    let call = site(inputs: [shape, shape, shape], output: shape, inputPlaces: [0: place, 2: place])
    #expect(Add().lower(call).map(\.operands) == [[place, place, place], [place, place, call.inputs[1]]])
  }
}
