import CNN
import CNNImport
import CNNONNX
import CNNProtobuf
import CNNRuntime
import CNNSpec
import CNNTestSupport
import Testing

/// Numbers that a spec says otherwise than ONNX: tensors of other types, constants of other shapes, bounds.
struct NumberTests {
  private static func network(_ model: ModelProto) throws -> ImportedNetwork {
    try ImportedNetwork(ModelFile(bytes: model.bytes, name: "small.onnx"))
  }

  /// What an imported model computes of one image.
  private static func result(_ model: ModelProto, _ input: [Float]) throws -> [Float] {
    let network = try network(model)
    let weights = try #require(try network.weights())
    var session = try Model(network.source.report()).compile(weights: .tensors(weights)).makeSession()
    return try session.run(input)
  }

  private static func bytes<Value: FixedWidthInteger>(_ values: [Value]) -> [UInt8] {
    values.flatMap { value in
      (0..<Value.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
    }
  }

  private static func weights(_ type: TensorProto.ElementType, _ content: TensorProto.Content) -> ModelProto {
    let tensor = TensorProto(name: "w", dimensions: [5, 1, 1, 1], elementType: type, content: content)
    return SmallModels.model(
      [NodeProto("Conv", inputs: ["x", "w"], outputs: ["y"])], input: [1, 1, 2, 2], initializers: [tensor])
  }

  /// 1, -2.5, the smallest half and the largest one, 0
  static let halves: [UInt16] = [0x3C00, 0xC100, 0x0001, 0x7BFF, 0x8000]

  @Test func `weights of other floats are read as those of 32 bits`() throws {
    let expected: [Float] = [1, -2.5, 0x1p-24, 65504, -0.0]
    var varints = ProtobufWriter()
    for bits in Self.halves { varints.varint(UInt64(bits)) }
    var models = [
      Self.weights(.float16, .raw(ByteSlice(Self.bytes(Self.halves)))),
      Self.weights(.float16, .integers([ByteSlice(varints.bytes)])),
    ]
    let doubles = ByteSlice(Self.bytes(expected.map { Double($0).bitPattern }))
    models += [Self.weights(.double, .raw(doubles)), Self.weights(.double, .doubles([doubles]))]
    for model in models {
      #expect(try Self.network(model).weights()?.values(of: "w.weight") == expected)
    }
    let upper = [1, -2.5, 0x1p-24, 65536, 0].map { UInt16(Float($0).bitPattern >> 16) }
    #expect(
      try Self.network(Self.weights(.bfloat16, .raw(ByteSlice(Self.bytes(upper))))).weights()?
        .values(of: "w.weight") == [1, -2.5, 0x1p-24, 65536, 0])
  }

  /// Bounds, and the kinds of layers that they become; nil where they are refused.
  static let clips: [(low: Float, high: Float, kinds: [String]?)] = [
    (0, 6, ["relu6"]), (0, .infinity, ["relu"]), (0, 1.5, ["scale", "relu6", "scale"]),
    (0, 24, ["scale", "relu6", "scale"]), (-3, 0, ["scale", "relu6", "scale"]),
    (-.infinity, 0, ["scale", "relu", "scale"]), (0, 1, nil), (-1, 1, nil), (6, 0, nil), (0, 0, nil),
  ]

  @Test(arguments: clips) func `a clip is exact or refused`(low: Float, high: Float, kinds: [String]?) throws
  {
    let bounds = [TensorProto(name: "a", [], floats: [low]), TensorProto(name: "b", [], floats: [high])]
    let model = SmallModels.model(
      [NodeProto("Clip", inputs: ["x", "a", "b"], outputs: ["y"])], input: [1, 1, 1, 9], initializers: bounds)
    guard let kinds else {
      #expect(try ImportTests.refusal(model).help[0].contains("is not supported"))
      return
    }
    let layers = try Model(Self.network(model).source.report()).network.layers
    #expect(layers.map(\.layer.kind) == kinds)
    let x: [Float] = [-100, -3.0000002, -2.9999998, -0.1, 0, 0.3, 1.4999999, 1.5000001, 99]
    #expect(try Self.result(model, x) == x.map { max(low, min(high, $0)) })
  }

  @Test(arguments: ["Add", "Sub", "Mul", "Div"]) func `a constant of any shape is broadcast`(
    operatorType: String
  ) throws {
    let x = SmallModels.numbers(12)
    for (dimensions, place) in [
      ([3], { $0 % 3 }), ([2, 1], { $0 / 3 % 2 }), ([1, 2, 2, 3], { $0 }),
      ([2, 1, 3], { $0 / 6 * 3 + $0 % 3 }),
    ] as [([Int], (Int) -> Int)] {
      let c = SmallModels.numbers(dimensions.reduce(1, *), from: 3).map { $0 + 2 }
      let model = SmallModels.model(
        [
          NodeProto(operatorType, inputs: ["x", "c"], outputs: ["a"]),
          NodeProto("Relu", inputs: ["a"], outputs: ["y"]),
        ], input: [-1, 2, 2, 3], initializers: [TensorProto(name: "c", dimensions, floats: c)])
      let expected = x.enumerated().map { index, x in
        let c = c[place(index)]
        let y =
          switch operatorType {
          case "Add": x + c
          case "Sub": x - c
          case "Mul": x * c
          default: x * (1 / c)
          }
        return max(0, y)
      }
      #expect(try Self.result(model, x) == expected, "\(dimensions)")
    }
  }

  @Test func `a constant that differs from image to image is refused`() throws {
    let model = SmallModels.model(
      [NodeProto("Add", inputs: ["x", "c"], outputs: ["y"])], input: [2, 3, 1, 1],
      initializers: [SmallModels.tensor("c", [2, 3, 1, 1])])
    #expect(try ImportTests.refusal(model).help[0].contains("is no number a channel"))
  }

  @Test func `means over some dimensions of an image`() throws {
    let x = SmallModels.numbers(24)
    func mean(_ places: [Int]) -> Float { places.map { x[$0] }.reduce(0, +) / Float(places.count) }
    let cases: [(axes: [Int], expected: [Float])] = [
      ([1], (0..<12).map { mean([$0, $0 + 12]) }),
      ([2], (0..<8).map { p in mean((0..<3).map { p / 4 * 12 + $0 * 4 + p % 4 }) }),
      ([3], (0..<6).map { p in mean((0..<4).map { p * 4 + $0 }) }),
      ([1, 2], (0..<4).map { p in mean((0..<6).map { $0 * 4 + p }) }),
    ]
    for (axes, expected) in cases {
      let model = SmallModels.model(
        [
          NodeProto(
            "ReduceMean", inputs: ["x"], outputs: ["y"],
            attributes: [ImportTests.integers("axes", axes), .init("keepdims", .integer(0))])
        ], input: [1, 2, 3, 4])
      let found = try Self.result(model, x)
      #expect(
        zip(found, expected).allSatisfy { abs($0 - $1) < 1e-6 } && found.count == expected.count, "\(axes)")
    }
  }

  @Test func `a convolution of lines is one of images with one row`() throws {
    let model = SmallModels.model(
      [
        NodeProto(
          "Conv", inputs: ["x", "c.weight"], outputs: ["a"],
          attributes: [ImportTests.integers("pads", [1, 0]), ImportTests.integers("strides", [2])]),
        NodeProto(
          "MaxPool", inputs: ["a"], outputs: ["y"], attributes: [ImportTests.integers("kernel_shape", [2])]),
      ], input: [1, 3, 8], initializers: [SmallModels.tensor("c.weight", [4, 3, 3])])
    #expect(
      try ImportTests.steps(model) == [
        "input: 3x1x8", "network:",
        "  - conv:c(4, 1x3, stride=1x2, pad=0x0x1x0, bias=no) - maxpool(1x2, stride=1)",
      ])
  }

  @Test func `a dilated transposed convolution has zeros between its weights`() throws {
    let model = SmallModels.model(
      [
        NodeProto(
          "ConvTranspose", inputs: ["x", "w"], outputs: ["y"],
          attributes: [ImportTests.integers("dilations", [1, 2])])
      ], input: [1, 1, 1, 2], initializers: [TensorProto(name: "w", [1, 1, 1, 2], floats: [3, 5])])
    #expect(try Self.result(model, [1, 10]) == [3, 30, 5, 50])
  }

  @Test func `constants of any rank are transposed`() throws {
    // Height x width x channels x filters, as TensorFlow has them.
    let model = SmallModels.model(
      [
        NodeProto(
          "Transpose", inputs: ["w"], outputs: ["v"],
          attributes: [ImportTests.integers("perm", [3, 2, 0, 1])]),
        NodeProto("Conv", inputs: ["x", "v"], outputs: ["y"]),
      ], input: [1, 2, 3, 3],
      initializers: [TensorProto(name: "w", [2, 1, 2, 3], floats: (0..<12).map { Float($0) })])
    let weights = try #require(try Self.network(model).weights())
    #expect(weights.names.count == 1 && weights.dimensions(of: weights.names[0]) == [3, 2, 2, 1])
    #expect(weights.values(of: weights.names[0]) == [0, 6, 3, 9, 1, 7, 4, 10, 2, 8, 5, 11])
  }

  @Test func `metadata that is not sound is left out with a note`() throws {
    func imported(_ entries: [(String, String)]) throws -> ImportedNetwork {
      var model = SmallModels.model([NodeProto("Relu", inputs: ["x"], outputs: ["y"])])
      model.metadata = entries.map { StringStringEntry($0.0, $0.1) }
      return try Self.network(model)
    }
    let sound = try imported([("classes", #"["a", "b", "c\n#"]"#), ("preprocess", #"{"scale": 0.5}"#)])
    #expect(sound.notes.isEmpty)
    #expect(
      sound.spec.hasSuffix("preprocess: {scale: 0.5}\nclasses: [a, b, \"c\\U0000000A#\"]\n"), "\(sound.spec)")
    let wrong = [
      ("classes", #"["a", "b"]"#), ("classes", "[a, b"), ("classes", #"{"a": 1}"#),
      ("classes", #"["a", [], "b"]"#),
      ("preprocess", "scale: 1"), ("preprocess", #"{"scale": 1, "blocks": {}}"#),
      ("preprocess", #"{"mean": [1, 2]}"#), ("preprocess", "[]"), ("preprocess", ""),
      ("cnnc.connections", #"{"y": [[0]]}"#), ("cnnc.connections", #"{"y": [0]}"#), ("cnnc.connections", "3"),
    ]
    for entry in wrong {
      let network = try imported([entry])
      #expect(network.notes.count == 1 && network.notes[0].contains("metadata"), "\(entry) \(network.notes)")
      #expect(!network.spec.contains("classes:") && !network.spec.contains("preprocess:"), "\(network.spec)")
    }
  }
}
