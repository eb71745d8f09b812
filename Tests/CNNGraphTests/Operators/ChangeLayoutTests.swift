import CNNSpec
import Testing

@testable import CNNGraph

struct ChangeLayoutTests {
  private let image = TensorType.activation(Shape(20, 3, 3))

  @Test func `an activation changes to blocks and back`() {
    let blocks = image.laid(out: .channelBlocks)
    #expect(ChangeLayout(to: .channelBlocks).outputTypes(inputs: [image], parameters: []) == [blocks])
    #expect(ChangeLayout(to: .rowMajor).outputTypes(inputs: [blocks], parameters: []) == [image])
    #expect(ChangeLayout(to: .rowMajor).outputTypes(inputs: [image], parameters: []) == nil)
    #expect(ChangeLayout(to: .channelBlocks).outputTypes(inputs: [blocks], parameters: []) == nil)
    #expect(ChangeLayout(to: .channelBlocks).outputTypes(inputs: [], parameters: [image]) == nil)
  }

  @Test(arguments: [
    (WeightPacking.panels(groups: 1), [20, 3, 5, 5], true),
    (.panels(groups: 2), [32, 16, 3, 3], true),
    (.panels(groups: 2), [32, 8, 3, 3], false),  // a group's channels are no whole block
    (.panels(groups: 2), [24, 16, 3, 3], false),
    (.panels(groups: 0), [16, 16, 3, 3], false),
    (.planarPanels, [20, 3, 5, 5], true),
    (.depthwise, [20, 1, 5, 5], true),
    (.depthwise, [20, 2, 5, 5], false),
    (.winograd(tile: 2), [20, 3, 3, 3], true),
    (.winograd(tile: 4), [20, 3, 3, 5], false),
    (.winograd(tile: 3), [20, 3, 3, 3], false),
    (.planarPanels, [20, 3], false),
  ])
  func `weights are packed where they fit`(packing: WeightPacking, dimensions: [Int], fits: Bool) {
    let type = TensorType.parameter(dimensions)
    let packed = ChangeLayout(to: .packed(packing)).outputTypes(inputs: [], parameters: [type])
    #expect(packed == (fits ? [type.laid(out: .packed(packing))] : nil))
  }

  @Test func `one pixel lies the same in both layouts`() {
    let pixel = TensorType.activation(Shape(20, 1, 1))
    let whole = TensorType.activation(Shape(32, 1, 1))
    #expect(ChangeLayout(to: .rowMajor).keepsElements(of: [pixel.laid(out: .channelBlocks)]))
    #expect(!ChangeLayout(to: .channelBlocks).keepsElements(of: [pixel]))  // there is no room for twelve more
    #expect(ChangeLayout(to: .channelBlocks).keepsElements(of: [whole]))
    #expect(!ChangeLayout(to: .rowMajor).keepsElements(of: [image.laid(out: .channelBlocks)]))
  }

  @Test func `the elements are the same`() {
    let x = Tensor<Double>([1, 2, 1, 2], [1, 2, 3, 4])
    #expect(ChangeLayout(to: .channelBlocks).evaluateAll([x], parameters: [])[0].elements == [1, 2, 3, 4])
  }
}
