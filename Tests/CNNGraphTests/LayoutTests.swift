import CNNSpec
import Testing

@testable import CNNGraph

struct LayoutTests {
  private static let table: [(TensorType, Layout, Int)] = [
    (TensorType.activation(Shape(3, 5, 7)), Layout.rowMajor, 105),
    (.activation(Shape(3, 5, 7)), .channelBlocks, 16 * 35),
    (.activation(Shape(16, 2, 2)), .channelBlocks, 64),
    (.activation(Shape(17, 2, 2)), .channelBlocks, 128),
    (.parameter([17, 3, 5, 5]), .packed(.panels(groups: 1)), 32 * 16 * 25),
    (.parameter([32, 16, 3, 3]), .packed(.panels(groups: 2)), 2 * 16 * 16 * 9),
    (.parameter([17, 3, 5, 5]), .packed(.planarPanels), 32 * 3 * 25),
    (.parameter([17, 1, 3, 3]), .packed(.depthwise), 32 * 9),
    (.parameter([17, 20, 3, 3]), .packed(.winograd(tile: 2)), 16 * 32 * 32),
    (.parameter([17, 20, 3, 3]), .packed(.winograd(tile: 4)), 36 * 32 * 32),
  ]

  @Test(arguments: table)
  func `what a tensor takes in memory`(type: TensorType, layout: Layout, count: Int) {
    #expect(type.laid(out: layout).storedCount == count)
    #expect(type.laid(out: layout).dimensions == type.dimensions)
  }

  @Test func `a number of channels that no memory holds stays one`() {
    let type = TensorType.activation(Shape(Int.max, 1, 1)).laid(out: .channelBlocks)
    #expect(type.storedDimensions == [Int.max, 1, 1])
  }
}
