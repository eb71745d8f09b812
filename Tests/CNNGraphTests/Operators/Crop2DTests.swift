import CNNGraph
import CNNSpec
import Testing

struct Crop2DTests {
  @Test(arguments: [
    (0, 0, Size2D(height: 4, width: 5), Shape(2, 4, 5)), (1, 2, Size2D(3), Shape(2, 3, 3)),
    (2, 0, Size2D(3), nil), (0, 3, Size2D(3), nil), (-1, 0, Size2D(3), nil), (0, 0, Size2D(0), nil),
    (Int.max, 0, Size2D(3), nil), (0, 0, Size2D(Int.max), nil),
  ])
  func shapes(top: Int, left: Int, size: Size2D, expected: Shape?) {
    let op = Crop2D(offsetTop: top, offsetLeft: left, size: size)
    #expect(op.outputShape(for: [Shape(2, 4, 5)]) == expected)
  }

  @Test func `a window of every channel, free of charge`() {
    let op = Crop2D(offsetTop: 1, offsetLeft: 2, size: Size2D(height: 1, width: 2))
    let y = op.evaluate([counting(Shape(2, 3, 4))], parameters: [])
    #expect(y == image(Shape(2, 1, 2), [6, 7, 18, 19]))
    #expect(op.cost(for: [Shape(2, 3, 4)], output: y.shape) == Cost())
  }
}
