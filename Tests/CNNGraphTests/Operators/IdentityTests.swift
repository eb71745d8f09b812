import CNNGraph
import Testing

/// The operators that only pass their elements on: identity, dropout and reshape.
struct IdentityTests {
  let shape = Shape(2, 3, 4)

  @Test func `shape, cost and value`() {
    #expect(Identity().outputShape(for: [shape]) == shape)
    #expect(Dropout(rate: 0.3).outputShape(for: [shape]) == shape)
    #expect(Identity().outputShape(for: [shape, shape]) == nil)
    #expect(Dropout().cost(for: [shape], output: shape) == Cost())
    #expect(Identity().cost(for: [shape], output: shape) == Cost())
    let x = counting(shape)
    #expect(Identity().evaluate([x], parameters: []) == x)
    #expect(Dropout(rate: 0.9).evaluate([x], parameters: []) == x)
  }

  @Test(arguments: [
    (Shape(24, 1, 1), true), (Shape(4, 2, 3), true), (Shape(2, 3, 5), false), (Shape(-2, -3, 4), false),
    (Shape(0, 3, 4), false), (Shape(Int.max, 4, 1), false),
  ])
  func `a reshape keeps the number of elements`(target: Shape, fits: Bool) {
    #expect(Reshape(shape: target).outputShape(for: [shape]) == (fits ? target : nil))
  }

  @Test func `a reshape keeps the order of elements`() {
    let y = Reshape(shape: Shape(24, 1, 1)).evaluate([counting(shape)], parameters: [])
    #expect(y == counting(Shape(24, 1, 1)))
  }

  @Test func `no call where the output has the input's memory`() {
    let flat = Shape(24, 1, 1)
    var same = site(batch: 2, inputs: [shape], output: flat)
    #expect(Reshape(shape: flat).lower(same).map(\.kernel) == [.copy])
    same.inputs = same.outputs
    #expect(Reshape(shape: flat).lower(same).isEmpty)
    #expect(Identity().lower(same).isEmpty)
    #expect(Dropout().lower(same).isEmpty)
    // The images lie elsewhere, although the first begins at the same place.
    same.inputs[0].imageStride += 1
    #expect(Identity().lower(same).map(\.kernel) == [.copy])
  }
}
