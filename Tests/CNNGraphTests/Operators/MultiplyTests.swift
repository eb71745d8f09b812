import CNNGraph
import Testing

struct MultiplyTests {
  static let (full, gate) = (Shape(2, 1, 3), Shape(2, 1, 1))

  @Test(
    arguments: [
      ([full, full], full), ([full, gate], full), ([gate, full, gate], full), ([gate, gate], gate),
      ([full], nil),
      ([], nil), ([full, Shape(1, 1, 3)], nil), ([full, Shape(2, 3, 1)], nil), ([full, Shape(1, 1, 1)], nil),
    ] as [([Shape], Shape?)])
  func shapes(inputs: [Shape], expected: Shape?) {
    #expect(Multiply().outputShape(for: inputs) == expected)
  }

  @Test func cost() {
    let inputs = [Self.full, Self.gate, Self.full]
    #expect(Multiply().cost(for: inputs, output: Self.full).otherOperations.value == 12)
  }

  @Test func `a factor a channel counts for its whole plane`() {
    let x = image(Self.full, [1, 2, 3, 4, 5, 6])
    let y = Multiply().evaluate([image(Self.gate, [10, -1]), x], parameters: [])
    #expect(y.elements == [10, 20, 30, -4, -5, -6])
    #expect(Multiply().evaluate([x, x, x], parameters: []).elements == [1, 8, 27, 64, 125, 216])
  }
}
