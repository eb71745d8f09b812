import CNNSpec
import Testing

@testable import CNNGraph

struct CheckerTests {
  @Test func `the lecture's ten filters`() throws {
    let spec = CheckedSpec("3x32x32", "conv(10, 5, stride=1, pad=2)")
    #expect(spec.result == "10x32x32")
    #expect(spec.network?.totals.parameters == 760)
    #expect(spec.network?.totals.multiplications == 768_000)
    #expect(try spec.layer("conv1").activationBytes == 40_960)
  }

  @Test func `LeNet-5 layer by layer`() throws {
    let spec = CheckedSpec(
      "1x28x28", "conv(6, 5, pad=2) - relu - pool(2)", "conv(16, 5) - relu - pool(2)",
      "fc(120) - relu - fc(84) - relu - fc(10) - softmax")
    let network = try #require(spec.network)
    #expect(
      network.layers.map { "\($0.name) \($0.outputShape?.description ?? "?") \($0.parameterCount)" } == [
        "conv1 6x28x28 156", "relu1 6x28x28 0", "maxpool1 6x14x14 0", "conv2 16x10x10 2416",
        "relu2 16x10x10 0", "maxpool2 16x5x5 0", "fc1 120x1x1 48120", "relu3 120x1x1 0",
        "fc2 84x1x1 10164", "relu4 84x1x1 0", "fc3 10x1x1 850", "softmax1 10x1x1 0",
      ])
    #expect(network.totals.parameters == 61_706)
    #expect(network.totals.multiplications == 416_520)
    #expect(network.outputs.map(\.name) == ["softmax1"])
  }

  @Test func `no error follows from another, and all that are independent are reported`() {
    let spec = CheckedSpec(
      yaml: """
        input: 3x8x8
        network:
          - concat:
              - conv(4, 3, stride=2) - conv(2, 1) - maxpool(2)
              - conv(5, 3, groups=2) - relu - fc(10)
              - maxpool(3)
          - conv(7, 11) - bn
        """)
    #expect(
      spec.messages == [
        "`conv1` cannot fit: (8 - 3 + 2*0)/2 + 1 = 3.5",
        "`conv3` cannot split 3 input channels into 2 groups",
        "`maxpool2` cannot fit: (8 - 3 + 2*0)/3 + 1 = 2.67",
      ])
  }

  @Test func `what can be told of a wrong network is told`() throws {
    let spec = CheckedSpec("3x8x8", "conv(4, 3) - maxpool(4) - relu - fc(10)")
    let network = try #require(spec.network)
    #expect(network.layers.map { $0.outputShape?.description } == ["4x6x6", nil, nil, nil])
    #expect(network.layers[1].inputShapes?.first?.description == "4x6x6")
    #expect(network.layers[2].inputShapes == nil)
    #expect(network.totals.parameters == 4 * 28)
    #expect(spec.report.isOK == false)
  }

  @Test func `wrong arguments behind a wrong layer are still reported`() {
    let spec = CheckedSpec("3x8x8", "conv(4, 11) - conv(0, 3) - dropout(3) - conv(2*channels, 1)")
    #expect(spec.diagnostics.map(\.code) == [.windowTooLarge, .invalidValue, .invalidValue])
  }

  @Test func `the trail says where a size comes from`() throws {
    let wrong = CheckedSpec(
      "3x32x32", "conv(4, 5) - relu - maxpool(2)",
      "conv(4, 3, pad=1) - bn - conv(4, 3) - relu - maxpool:p(5)")
    #expect(
      try wrong.onlyFinding().message
        == "`p` cannot fit: (12 - 5 + 2*0)/5 + 1 = 2.4 (sizes: 32x32 input, 28x28 conv1, 14x14 maxpool1, 12x12 conv3)"
    )
    let long = CheckedSpec("3x32x32", "conv(4, 2)*9 - maxpool(2)")
    #expect(
      try long.onlyFinding().message
        == "`maxpool1` cannot fit: (23 - 2 + 2*0)/2 + 1 = 11.5 (sizes: ... 28x28 conv4, 27x27 conv5, 26x26 conv6, 25x25 conv7, 24x24 conv8, 23x23 conv9)"
    )
  }

  @Test func `outputs and classes`() throws {
    let named = CheckedSpec("3x8x8", "conv:a(4, 3) - relu - conv:b(2, 1)", extra: "outputs: [b, a]")
    #expect(named.network?.outputs.map(\.name) == ["b", "a"])
    let unknown = CheckedSpec("3x8x8", "conv:features(4, 3) - relu", extra: "outputs: [feature]")
    #expect(try unknown.onlyFinding().message == "no layer is named `feature`")
    #expect(try unknown.onlyFinding().help == ["did you mean `features`?"])
    let twice = CheckedSpec("3x8x8", "conv:a(4, 3) - relu", extra: "outputs: [a, a]")
    #expect(try twice.onlyFinding().message == "`a` is returned already")
    let classes = CheckedSpec("3x8x8", "fc(4) - softmax", extra: "classes: [cat, dog]")
    #expect(
      try classes.onlyFinding().message == "there are 2 classes, but the network returns 4 channels")
    #expect(
      try classes.onlyFinding().help == ["list 4 labels, or change the last layer's size to 2"])
  }

  @Test func `dimensions in arguments are those of the value that enters the step`() throws {
    let spec = CheckedSpec("3x8x6", "conv(2*channels, 1) - conv(channels+height, 3) - fc(width)")
    #expect(
      try (spec.layer("conv1").outputShape, spec.layer("conv2").outputShape, spec.layer("fc1").outputShape)
        == (Shape(6, 8, 6), Shape(14, 6, 4), Shape(4, 1, 1)))
  }

  @Test func `ten thousand layers are checked in a moment`() {
    let time = ContinuousClock().measure {
      let spec = CheckedSpec("3x8x8", "(conv(3, 3, pad=1) - relu)*5000")
      #expect(spec.result == "3x8x8")
    }
    #expect(time < .seconds(30))
  }
}
