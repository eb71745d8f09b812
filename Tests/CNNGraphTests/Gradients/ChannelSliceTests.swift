import CNNGraph
import Testing

struct ChannelSliceTests {
  @Test(arguments: [[1], [3, 2], [2, 1, 3]])
  func `a concatenation's gradients are slices`(channels: [Int]) throws {
    try GradientChecker.check(Concat(), as: .concat(Concat()), on: channels.map { Shape($0, 3, 1) })
  }

  @Test func `only channels that are there`() {
    let x = TensorType.activation(Shape(3, 2, 2))
    func types(_ first: Int, _ count: Int) -> [TensorType]? {
      ChannelSlice(first: first, count: count).outputTypes(inputs: [x], parameters: [])
    }
    #expect(types(1, 2) == [.activation(Shape(2, 2, 2))])
    #expect(types(2, 2) == nil)
    #expect(types(-1, 2) == nil)
    #expect(types(0, 0) == nil)
  }
}
