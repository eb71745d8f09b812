import CNNSpec
import Testing

@testable import CNNGraph

struct ReceptiveFieldTests {
  /// Size, stride and offset of a layer's receptive field along the height.
  private func field(_ spec: CheckedSpec, _ layer: String) throws -> [Double] {
    let field = try #require(try spec.layer(layer).receptiveField)
    #expect(field.height == field.width)
    return [Double(field.height.size), field.height.stride, Double(field.height.offset)]
  }

  /// Distill's table of Araujo, Norris and Sim, and by hand: r grows by (F - 1) strides a layer.
  @Test func `VGG-16`() throws {
    let stages = [(64, 2), (128, 2), (256, 3), (512, 3), (512, 3)].enumerated().map { index, stage in
      "(conv(\(stage.0), 3, pad=1) - relu)*\(stage.1) - maxpool:pool\(index + 1)(2)"
    }
    let spec = CheckedSpec("3x224x224", stages.joined(separator: " - "), "fc(10)")
    #expect(try field(spec, "pool1") == [6, 2, -2])
    #expect(try field(spec, "pool2") == [16, 4, -6])
    #expect(try field(spec, "pool3") == [44, 8, -18])
    #expect(try field(spec, "pool4") == [100, 16, -42])
    #expect(try field(spec, "pool5") == [212, 32, -90])
    #expect(try field(spec, "conv13") == [196, 16, -90])
    #expect(try field(spec, "fc1")[0] == 212 + 6 * 32)
  }

  @Test func `AlexNet`() throws {
    let spec = CheckedSpec(
      "3x227x227", "conv(96, 11, stride=4) - relu - lrn - maxpool(3, stride=2)",
      "conv(256, 5, pad=2, groups=2) - relu - lrn - maxpool(3, stride=2)",
      "conv(384, 3, pad=1) - conv(384, 3, pad=1) - conv(256, 3, pad=1) - maxpool(3, stride=2)")
    #expect(try field(spec, "conv1") == [11, 4, 0])
    #expect(try field(spec, "maxpool1") == [19, 8, 0])
    #expect(try field(spec, "conv2") == [51, 8, -16])
    #expect(try field(spec, "maxpool2") == [67, 16, -16])
    #expect(try field(spec, "conv3") == [99, 16, -32])
    #expect(try field(spec, "conv4") == [131, 16, -48])
    #expect(try field(spec, "conv5") == [163, 16, -64])
    #expect(try field(spec, "maxpool3") == [195, 32, -64])
  }

  @Test func `each side by itself`() throws {
    let field = try #require(
      try CheckedSpec("1x9x9", "conv(1, 3x5, stride=1x2, pad=0x1)").layer("conv1").receptiveField)
    #expect(field.height.size == 3 && field.height.stride == 1 && field.height.offset == 0)
    #expect(field.width.size == 5 && field.width.stride == 2 && field.width.offset == -1)
  }

  static let others: [(layers: String, expected: [Double])] = [
    ("conv(1, 3, dilation=2)", [5, 1, 0]), ("relu - bn - lrn - softmax", [1, 1, 0]),
    ("subsample(2) - conv(1, 3)", [6, 2, 0]), ("globalavgpool", [8, 1, 0]), ("flatten", [8, 1, 0]),
    ("pad(1)", [1, 1, -1]), ("crop(4)", [1, 1, 2]), ("pad(1) - conv(1, 3)", [3, 1, -1]),
    // An output of a 2x2 transposed convolution with stride 2 sees one input, two such outputs the same.
    ("deconv(1, 2, stride=2)", [1, 0.5, 0]), ("deconv(1, 3, stride=1, pad=1)", [3, 1, -1]),
    ("deconv(1, 4, stride=2, pad=1)", [2, 0.5, -1]),
    ("maxpool(2) - deconv(1, 2, stride=2)", [2, 1, 0]), ("upsample(2)", [1, 0.5, 0]),
    ("maxpool:p(2) - unpool(@p)", [2, 1, 0]),
    // Behind upsampling windows begin in the middle of a pixel's copies, or not.
    ("upsample(2) - conv(1, 2)", [2, 0.5, 0]), ("upsample(2) - conv(1, 3, pad=1)", [2, 0.5, -1]),
    ("upsample(4) - conv(1, 3)", [2, 0.25, 0]), ("upsample(2) - conv(1, 2, stride=2)", [1, 1, 0]),
    ("upsample(2) - conv(1, 4, stride=2, pad=1)", [3, 1, -1]),
    ("upsample(2, mode=bilinear)", [2, 0.5, -1]), ("upsample(3, mode=bilinear)", [2, 1.0 / 3, -1]),
    ("deconv(1, 3, stride=2) - conv(1, 2)", [2, 0.5, -1]),
    // Every other output of a transposed 1x1 convolution sees nothing.
    ("deconv(1, 1, stride=2) - conv(1, 2)", [1, 0.5, 0]),
    ("deconv(1, 1, stride=2) - conv(1, 3)", [2, 0.5, 0]),
  ]

  @Test(arguments: others)
  func `other layers`(layers: String, expected: [Double]) throws {
    let spec = CheckedSpec("1x8x8", layers)
    let last = try #require(spec.network?.layers.last?.name)
    #expect(try field(spec, last) == expected)
  }

  @Test func `branches see together what one of them sees`() throws {
    let spec = CheckedSpec(
      yaml:
        "input: 1x16x16\nnetwork: [{concat: [identity, \"conv(1, 3, pad=1)\", \"conv(1, 5, pad=2)\"]}, \"conv(1, 3)\"]"
    )
    #expect(try field(spec, "concat1") == [5, 1, -2])
    #expect(try field(spec, "conv3") == [7, 1, -2])
  }
}
