import CNN
import CNNONNX
import CNNProtobuf
import CNNRuntime
import CNNSpec
import CNNTestSupport
import Testing

/// What an export writes.
struct ExportedModelTests {
  private func exported(_ text: String) throws -> ExportedModel {
    ExportedModel(try Model(text: text, name: "small.yaml").network)
  }

  /// `conv1 = Conv(input, conv1.weight)`, a line a node.
  private func nodes(_ model: ModelProto) -> [String] {
    model.graph.nodes.map {
      "\($0.outputs.joined(separator: ", ")) = \($0.operatorType)(\($0.inputs.joined(separator: ", ")))"
    }
  }

  private func dimensions(_ value: ValueInfoProto) -> [TensorShapeProto.Dimension] {
    if case .tensor(1, let shape?) = value.type { shape.dimensions } else { [] }
  }

  @Test func `every kind of the language has a rule`() {
    #expect(ExportedModel.kinds == Set(KindTable.all.map(\.name)))
  }

  @Test func `nodes and values are named as the layers, initializers as the tensors`() throws {
    let text = """
      name: small
      input: 1x8x8
      network: conv(4, 3) - bn - silu - maxpool:pool(2) - fc:head(10) - scaled_tanh - softmax
      outputs: [softmax1, pool]
      """
    let model = try exported(text).model
    #expect(
      nodes(model) == [
        "conv1 = Conv(input, conv1.weight, conv1.bias)",
        "bn1 = BatchNormalization(conv1, bn1.weight, bn1.bias, bn1.running_mean, bn1.running_var)",
        "silu1.sigmoid = Sigmoid(bn1)", "silu1 = Mul(bn1, silu1.sigmoid)", "pool = MaxPool(silu1)",
        "pool.flat = Flatten(pool)", "head = Gemm(pool.flat, head.weight, head.bias)",
        "scaled_tanh1.scaled = Mul(head, scaled_tanh1.slope)",
        "scaled_tanh1.tanh = Tanh(scaled_tanh1.scaled)",
        "scaled_tanh1 = Mul(scaled_tanh1.tanh, scaled_tanh1.amplitude)", "softmax1 = Softmax(scaled_tanh1)",
      ])
    #expect(model.graph.nodes.map(\.name) == model.graph.nodes.map { $0.outputs[0] })
    #expect(model.graph.name == "small" && model.operatorSet == 17 && model.irVersion == 8)
    #expect(model.graph.inputs.map(\.name) == ["input"])
    #expect(dimensions(model.graph.inputs[0]) == [.symbol("N"), .size(1), .size(8), .size(8)])
    #expect(model.graph.outputs.map(\.name) == ["softmax1", "pool"])
    #expect(
      model.graph.outputs.map(dimensions) == [
        [.symbol("N"), .size(10)], [.symbol("N"), .size(4), .size(3), .size(3)],
      ])
  }

  @Test func `vectors are returned as batch x channels, whatever computes them`() throws {
    let text = """
      name: small
      input: 1x8x8
      network:
        - conv(4, 3) - globalavgpool:mean
        - concat: ["conv:a(2, 1)", "conv:b(3, 1)"]
        - softmax
      outputs: [mean, softmax1]
      """
    let model = try exported(text).model
    #expect(
      nodes(model) == [
        "conv1 = Conv(input, conv1.weight, conv1.bias)", "mean.image = GlobalAveragePool(conv1)",
        "mean = Flatten(mean.image)", "a = Conv(mean.image, a.weight, a.bias)",
        "b = Conv(mean.image, b.weight, b.bias)", "concat1 = Concat(a, b)",
        "softmax1.image = Softmax(concat1)", "softmax1 = Flatten(softmax1.image)",
      ])
    #expect(model.graph.outputs.map(dimensions) == [[.symbol("N"), .size(4)], [.symbol("N"), .size(5)]])
  }

  @Test func `names stay unique where layers are called as parts are`() throws {
    let text = """
      input: 1x4x4
      network: conv:input(2, 1) - silu:a - conv:a_sigmoid(2, 1) - unit:b - fc:b_weight(2)
      blocks: {unit: {network: "conv:weight(2, 1) - conv:conv(2, 1)"}}
      """
    let graph = try exported(text).model.graph
    let names = graph.inputs.map(\.name) + graph.nodes.flatMap(\.outputs)
    #expect(Set(names).count == names.count, "\(names)")
    #expect(graph.inputs.map(\.name) == ["input_"])
  }

  @Test func `labels, preprocessing and connections are JSON in the metadata`() throws {
    let text = """
      input: 3x4x4
      network: conv:c(2, 1) - globalavgpool
      where: {c: {connections: [[0, 2], [1]]}}
      classes: [cat, 'a "dog"']
      preprocess: {resize: 8x6, crop: 4, mean: [0.5, 0.25, 0], std: 0.5, scale: 1/2}
      """
    let entries = try exported(text).model.metadata
    #expect(
      entries == [
        StringStringEntry("classes", #"["cat", "a \"dog\""]"#),
        StringStringEntry(
          "preprocess",
          #"{"resize": "8x6", "crop": "4x4", "scale": 0.5, "mean": [0.5, 0.25, 0], "std": 0.5}"#),
        StringStringEntry("cnnc.connections", #"{"c": [[0, 2], [1]]}"#),
      ])
  }

  @Test func `weights that a filter does not read are written as zeros`() throws {
    let text = "input: 3x4x4\nnetwork: conv:c(2, 1)\nwhere: {c: {connections: [[0, 2], [1]]}}"
    let weights = try Weights([
      NamedTensor("c.weight", [2, 3, 1, 1], [1, 2, 3, 4, 5, 6]), NamedTensor("c.bias", [2], [7, 8]),
    ])
    let folder = try TemporaryFolder()
    let path = folder.path + "/c.onnx"
    try exported(text).write(weights, to: path)
    let model = try ModelFile(path: path).model
    let numbers = model.graph.initializers.map { tensor -> [Float] in
      if case .raw(let bytes) = tensor.content { bytes.elements(as: Float.self) } else { [] }
    }
    #expect(model.graph.initializers.map(\.name) == ["c.weight", "c.bias"])
    #expect(numbers == [[1, 0, 3, 0, 5, 0], [7, 8]])
  }

  @Test func `a model past the format's two gigabytes is refused before anything is written`() throws {
    let text = "input: 1x1000x1000\nnetwork: fc(540, bias=no)"
    let folder = try TemporaryFolder()
    let (model, weights) = (try exported(text), try Weights([NamedTensor]()))
    let error = try #require(throws: Diagnostics.self) {
      try model.write(weights, to: folder.path + "/a.onnx")
    }
    #expect(error.all.map(\.code) == [.outputFile])
    #expect(error.all[0].message.contains("an ONNX file has less than 2 GiB"), "\(error)")
    #expect(folder.names.isEmpty)
  }

  /// Windows of 3x3 with stride 2 on 8x8, as the check has normalised them and as ONNX has them.
  static let windows: [(layer: String, attributes: String)] = [
    ("conv(1, 3, stride=2, pad=0x1x0x1)", "pads [0, 0, 1, 1]"),
    ("conv(1, 3, stride=2, rounding=floor)", "pads [0, 0, 0, 0]"),
    ("conv(1, 3, stride=2, pad=1, rounding=floor)", "pads [1, 1, 0, 0]"),
    ("maxpool(3, stride=2, rounding=ceil)", "pads [0, 0, 1, 1]"),
    ("avgpool(3, stride=2, rounding=ceil)", "pads [0, 0, 1, 1] count_include_pad 0"),
    (
      "avgpool(3, stride=2, pad=1, count_pad=yes, rounding=floor)", "pads [1, 1, 1, 1] count_include_pad 1"
    ),
    (
      "avgpool(3, stride=2, pad=1, count_pad=yes, rounding=ceil)",
      "pads [1, 1, 1, 1] ceil_mode 1 count_include_pad 1"
    ),
  ]

  @Test(arguments: windows) func `rounding is padding where ONNX can say it so`(
    layer: String, attributes: String
  ) throws {
    let node = try #require(try exported("input: 1x8x8\nnetwork: \(layer)").model.graph.nodes.first)
    let texts = node.attributes.compactMap { attribute -> String? in
      switch (attribute.name, attribute.value) {
      case ("pads", .integers(let values)): "pads \(values)"
      case ("ceil_mode", .integer(let value)), ("count_include_pad", .integer(let value)):
        "\(attribute.name) \(value)"
      default: nil
      }
    }
    #expect(texts.joined(separator: " ") == attributes)
  }

  @Test func `an average with a dilation takes opset 19`() throws {
    let model = try exported("input: 1x8x8\nnetwork: avgpool(2, stride=1, dilation=3)").model
    #expect(model.operatorSet == 19 && model.irVersion == 9)
    #expect(model.graph.nodes[0].attributes.contains { $0.name == "dilations" })
  }
}
