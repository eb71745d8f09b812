import CNNSpec
import Testing

@testable import CNNGraph

struct ShapeKindsTests {
  static let examples = [
    ShapeExample("4x8x6", "identity", "4x8x6"),
    ShapeExample("4x8x6", "flatten", "192x1x1"),
    ShapeExample("4x8x6", "reshape(8x4x6)", "8x4x6"),
    ShapeExample("4x8x6", "reshape(8x4x5)", "shape-mismatch"),
    ShapeExample("4x8x6", "reshape(8x24)", "invalid-value"),
    ShapeExample("4x8x6", "pad(1)", "4x10x8"),
    ShapeExample("4x8x6", "pad(1x2)", "4x10x10"),
    ShapeExample("4x8x6", "pad(0x1x0x2)", "4x9x8"),
    ShapeExample("4x8x6", "pad(channels=2)", "8x8x6"),
    ShapeExample("4x8x6", "pad(channels=0x3)", "7x8x6"),
    ShapeExample("4x8x6", "pad(1, channels=2x1)", "7x10x8"),
    ShapeExample("4x8x6", "pad(channels=1x2x3)", "invalid-value"),
    ShapeExample("4x8x6", "pad(same)", "invalid-value"),
    ShapeExample("4x8x6", "pad(1x2x3)", "invalid-value"),
    ShapeExample("4x8x6", "crop(4)", "4x4x4"),
    ShapeExample("4x8x6", "crop(5x3)", "4x5x3"),
    ShapeExample("4x8x6", "crop(9x6)", "size-mismatch"),
    ShapeExample("4x8x6", "conv:small(7, 3) - upsample(2) - crop(@small)", "7x6x4"),
    ShapeExample("4x8x6", "conv:small(7, 3) - crop(@input)", "unknown-label"),
    ShapeExample("4x8x6", "upsample(2)", "4x16x12"),
    ShapeExample("4x8x6", "upsample(2x3, mode=bilinear)", "4x16x18"),
    ShapeExample("4x8x6", "upsample(2, bilinear)", "4x16x12"),
    ShapeExample("4x8x6", "upsample(2, mode=cubic)", "invalid-value"),
    ShapeExample("4x8x6", "upsample(0)", "invalid-value"),
    ShapeExample("4x8x6", "channel_shuffle(2)", "4x8x6"),
    ShapeExample("4x8x6", "channel_shuffle(3)", "groups-do-not-divide"),
  ]

  @Test(arguments: examples) func `shapes`(_ example: ShapeExample) { example.check() }

  @Test func `a crop is centred`() throws {
    let layer = try CheckedSpec("1x8x7", "crop(5x3)").layer("crop1")
    #expect(
      layer.operators == [.crop2d(Crop2D(offsetTop: 1, offsetLeft: 2, size: Size2D(height: 5, width: 3)))])
  }

  @Test(arguments: [
    ("reshape(8x4x5)", "4x8x6 has 192 elements, 8x4x5 has 160"),
    ("crop(9x6)", "`crop1` cannot cut 9x6 out of 8x6"),
    ("channel_shuffle(3)", "`channel_shuffle1` cannot split 4 channels into 3 groups"),
    ("pad(1x2x3)", "`size` of `pad1` is a number, height x width, or top x bottom x left x right, not 1x2x3"),
    ("upsample(0)", "`factor` of `upsample1` is an integer from 1, not 0"),
  ])
  func `messages`(layer: String, message: String) throws {
    #expect(try CheckedSpec("4x8x6", layer).onlyFinding().message == message)
  }

  @Test func `groups that would divide are named`() throws {
    #expect(
      try CheckedSpec("12x8x6", "channel_shuffle(5)").onlyFinding().help
        == ["groups that divide 12: 2, 3, 4, 6"])
  }
}
