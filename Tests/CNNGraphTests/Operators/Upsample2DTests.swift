import CNNGraph
import CNNSpec
import Testing

struct Upsample2DTests {
  @Test(arguments: [
    (Size2D(2), Shape(3, 4, 6)), (Size2D(height: 1, width: 3), Shape(3, 2, 9)), (Size2D(0), nil),
    (Size2D(Int.max), nil), (Size2D(1 << 31), nil),
  ])
  func shapes(factor: Size2D, expected: Shape?) {
    #expect(Upsample2D(factor: factor).outputShape(for: [Shape(3, 2, 3)]) == expected)
  }

  @Test func cost() {
    let (input, output) = (Shape(3, 2, 2), Shape(3, 4, 4))
    let bilinear = Upsample2D(factor: Size2D(2), mode: .bilinear)
    #expect(Upsample2D(factor: Size2D(2)).cost(for: [input], output: output) == Cost())
    #expect(bilinear.cost(for: [input], output: output).otherOperations.value == 9 * 48)
  }

  @Test func `nearest repeats pixels`() {
    let op = Upsample2D(factor: Size2D(height: 2, width: 3))
    let y = op.evaluate([image(Shape(1, 1, 2), [1, 2])], parameters: [])
    #expect(y.elements == [1, 1, 1, 2, 2, 2, 1, 1, 1, 2, 2, 2])
  }

  /// Worked out by hand from the rule of PyTorch's `interpolate(scale_factor=2, mode="bilinear",
  /// align_corners=False)`: along a side, 0 and 1 become 0, 1/4, 3/4, 1.
  @Test func `bilinear by two`() {
    let op = Upsample2D(factor: Size2D(2), mode: .bilinear)
    let y = op.evaluate([counting(Shape(1, 2, 2))], parameters: [])
    #expect(
      y.elements == [
        0.00, 0.25, 0.75, 1.00,
        0.50, 0.75, 1.25, 1.50,
        1.50, 1.75, 2.25, 2.50,
        2.00, 2.25, 2.75, 3.00,
      ])
  }

  @Test func `bilinear by three along one side`() {
    let op = Upsample2D(factor: Size2D(height: 1, width: 3), mode: .bilinear)
    let y = op.evaluate([counting(Shape(1, 1, 3))], parameters: [])
    #expect(distance(y.elements, [0, 0, 1, 2, 3, 4, 5, 6, 6].map { $0 / 3 }) < 1e-15)
  }
}
