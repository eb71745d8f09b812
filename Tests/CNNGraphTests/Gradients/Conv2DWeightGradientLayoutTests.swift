import CNNGraph
import CNNSpec
import Testing

struct Conv2DWeightGradientLayoutTests {
  /// Of a convolution of 3x3 with padding, for an x of 9 x 9 pixels.
  private func output(
    channels: Int, filters: Int, groups: Int = 1, connections: [[Int]]? = nil, stride: Int = 1,
    x: Layout, dy: Layout, winogradTile: Int? = nil
  ) throws -> [TensorType]? {
    let window = Window2D(kernel: Size2D(3), stride: Size2D(stride), padding: Padding(1))
    let conv = Conv2D(filters: filters, window: window, groups: groups, connections: connections)
    let shape = Shape(channels, 9, 9)
    let result = try #require(conv.outputShape(for: [shape]))
    return Conv2DWeightGradient(conv: conv, winogradTile: winogradTile).outputTypes(
      inputs: [.activation(shape).laid(out: x), .activation(result).laid(out: dy)], parameters: [])
  }

  @Test(arguments: [(1, 1, 1), (20, 40, 1), (32, 64, 2), (20, 20, 20)])
  func `channel blocks give row-major weights`(channels: Int, filters: Int, groups: Int) throws {
    let types = try output(
      channels: channels, filters: filters, groups: groups, x: .channelBlocks, dy: .channelBlocks)
    #expect(types == [.parameter([filters, channels / groups, 3, 3])])
  }

  @Test(arguments: [(24, 32, 2), (32, 24, 2), (20, 40, 20)])
  func `groups of parts of blocks lie row-major`(channels: Int, filters: Int, groups: Int) throws {
    for (layout, isAccepted) in [(Layout.rowMajor, true), (.channelBlocks, false)] {
      let types = try output(channels: channels, filters: filters, groups: groups, x: layout, dy: layout)
      #expect((types != nil) == isAccepted)
    }
  }

  @Test func `images lie row-major beside blocks, up to fifteen channels`() throws {
    #expect(try output(channels: 15, filters: 8, x: .rowMajor, dy: .channelBlocks) != nil)
    #expect(try output(channels: 16, filters: 8, x: .rowMajor, dy: .channelBlocks) == nil)
    #expect(try output(channels: 4, filters: 8, groups: 2, x: .rowMajor, dy: .channelBlocks) == nil)
    #expect(try output(channels: 3, filters: 8, x: .channelBlocks, dy: .rowMajor) == nil)
  }

  @Test func `tables of connections lie row-major`() throws {
    let table = [[0, 1], [2]]
    #expect(try output(channels: 3, filters: 2, connections: table, x: .rowMajor, dy: .rowMajor) != nil)
    #expect(
      try output(channels: 3, filters: 2, connections: table, x: .channelBlocks, dy: .channelBlocks) == nil)
    #expect(try output(channels: 3, filters: 2, connections: table, x: .rowMajor, dy: .channelBlocks) == nil)
  }

  @Test func `Winograd takes blocks, tiles of two and four, and stride one`() throws {
    for (tile, stride, layout, isAccepted) in [
      (2, 1, Layout.channelBlocks, true), (4, 1, .channelBlocks, true), (3, 1, .channelBlocks, false),
      (4, 2, .channelBlocks, false), (4, 1, .rowMajor, false),
    ] {
      let types = try output(
        channels: 20, filters: 20, stride: stride, x: layout, dy: layout, winogradTile: tile)
      #expect((types != nil) == isAccepted, "tile \(tile), stride \(stride), \(layout)")
    }
  }
}
