import CNNONNX
import CNNProtobuf

/// Models as tests write them.
enum SmallModels {
  static func input(_ name: String, _ dimensions: [Int], elementType: Int = 1) -> ValueInfoProto {
    let shape = TensorShapeProto(dimensions.map { $0 < 0 ? .symbol("N") : .size($0) })
    return ValueInfoProto(name, .tensor(elementType: elementType, shape: shape))
  }

  /// A model of some nodes from the value `x` to the value `y`.
  /// - Parameter input: the dimensions of `x`, -1 for one that a run decides.
  static func model(
    _ nodes: [NodeProto], input: [Int] = [1, 3, 8, 8], initializers: [TensorProto] = [],
    outputs: [String] = ["y"], operatorSet: Int = 17
  ) -> ModelProto {
    var graph = GraphProto()
    graph.name = "small"
    graph.nodes = nodes
    graph.initializers = initializers
    graph.inputs = [self.input("x", input)]
    graph.outputs = outputs.map { ValueInfoProto($0, .tensor(elementType: 1, shape: nil)) }
    return ModelProto(operatorSet: operatorSet, graph: graph)
  }

  /// Numbers that differ, between -1 and 1.
  static func numbers(_ count: Int, from first: Int = 0) -> [Float] {
    (0..<count).map { Float(($0 + first) * 37 % 101 - 50) / 50 }
  }

  static func tensor(_ name: String, _ dimensions: [Int], from first: Int = 0) -> TensorProto {
    TensorProto(name: name, dimensions, floats: numbers(dimensions.reduce(1, *), from: first))
  }

  /// Each message and each kind of attribute and content once.
  static var everyMessage: ModelProto {
    let attributes = [
      AttributeProto("f", .float(0.5)), AttributeProto("i", .integer(-3)),
      AttributeProto("s", .string("same")),
      AttributeProto("t", .tensor(TensorProto([2], integers: [4, 5]))),
      AttributeProto("fs", .floats([1, 2])), AttributeProto("is", .integers([1, -2])),
      AttributeProto("ss", .strings(["a", "b"])),
    ]
    let floats = ByteSlice([0, 0, 0x80, 0x3F, 0, 0, 0, 0x40])
    var model = model(
      [
        NodeProto(
          "Conv", name: "n0", domain: "ai.onnx", inputs: ["x", "w", ""], outputs: ["y"],
          attributes: attributes)
      ],
      input: [-1, 3, 8, 8],
      initializers: [
        tensor("w", [2, 3]),
        TensorProto(name: "v", dimensions: [2], elementType: .float, content: .floats([floats])),
        TensorProto(
          name: "k", dimensions: [3], elementType: .int64, content: .integers([ByteSlice([1, 2, 0xAC, 2])])),
        TensorProto(
          name: "e", dimensions: [4], elementType: .float,
          content: .external([StringStringEntry("location", "data.bin"), StringStringEntry("offset", "8")])),
      ])
    model.producerName = "tests"
    model.producerVersion = "1"
    model.metadata = [StringStringEntry("key", "value")]
    model.graph.inputs.append(
      ValueInfoProto("z", .tensor(elementType: 7, shape: TensorShapeProto([.unknown]))))
    return model
  }
}
