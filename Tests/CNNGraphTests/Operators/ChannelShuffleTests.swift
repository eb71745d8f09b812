import CNNGraph
import Testing

struct ChannelShuffleTests {
  @Test(arguments: [(1, true), (2, true), (3, true), (6, true), (4, false), (0, false), (-2, false)])
  func `groups divide the channels`(groups: Int, fits: Bool) {
    let shape = Shape(6, 2, 2)
    #expect(ChannelShuffle(groups: groups).outputShape(for: [shape]) == (fits ? shape : nil))
  }

  @Test func `the matrix of channels is transposed, free of charge`() {
    let shape = Shape(6, 1, 2)
    let y = ChannelShuffle(groups: 2).evaluate([counting(shape)], parameters: [])
    // Channels 0 to 5 become 0 3 1 4 2 5.
    #expect(y.elements == [0, 1, 6, 7, 2, 3, 8, 9, 4, 5, 10, 11])
    #expect(ChannelShuffle(groups: 2).cost(for: [shape], output: shape) == Cost())
    #expect(ChannelShuffle(groups: 3).evaluate([y], parameters: []) == counting(shape))
  }
}
