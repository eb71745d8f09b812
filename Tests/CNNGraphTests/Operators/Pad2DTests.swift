import CNNGraph
import Testing

struct Pad2DTests {
  static let sides = Padding(top: 1, bottom: 2, left: 3, right: 4)

  @Test(arguments: [
    (Pad2D(padding: .none), Shape(2, 3, 4)), (Pad2D(padding: Padding(1)), Shape(2, 5, 6)),
    (Pad2D(padding: sides), Shape(2, 6, 11)),
    (Pad2D(padding: .none, channelsBefore: 1, channelsAfter: 4), Shape(7, 3, 4)),
    (Pad2D(padding: Padding(top: -1, bottom: 2, left: 0, right: 0)), nil),
    (Pad2D(padding: .none, channelsAfter: -1), nil), (Pad2D(padding: Padding(Int.max)), nil),
    (Pad2D(padding: Padding(Int.max / 8)), nil),
  ])
  func shapes(op: Pad2D, expected: Shape?) {
    #expect(op.outputShape(for: [Shape(2, 3, 4)]) == expected)
  }

  @Test func `zeros round the image and its channels, free of charge`() {
    let op = Pad2D(
      padding: Padding(top: 1, bottom: 0, left: 0, right: 2), channelsBefore: 1, channelsAfter: 0)
    let y = op.evaluate([image(Shape(1, 2, 2), [1, 2, 3, 4])], parameters: [])
    #expect(y.shape == Shape(2, 3, 4))
    #expect(y.elements == [Double](repeating: 0, count: 12) + [0, 0, 0, 0, 1, 2, 0, 0, 3, 4, 0, 0])
    #expect(op.cost(for: [Shape(1, 2, 2)], output: y.shape) == Cost())
  }
}
