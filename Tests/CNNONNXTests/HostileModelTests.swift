import CNNImport
import CNNONNX
import CNNSpec
import CNNTestSupport
import Testing

/// Models that nobody would write: whatever is in them, they become a network or a finding, and nothing traps.
struct HostileModelTests {
  /// Networks with most of the operators in them.
  static let seeds: [ModelProto] = {
    func ints(_ name: String, _ values: [Int]) -> AttributeProto { .init(name, .integers(values)) }
    let first = SmallModels.model(
      [
        NodeProto(
          "Conv", inputs: ["x", "w"], outputs: ["a"],
          attributes: [ints("pads", [1, 1, 1, 1]), ints("strides", [2, 2]), ints("dilations", [1, 1])]),
        NodeProto("BatchNormalization", inputs: ["a", "v", "v", "v", "v"], outputs: ["b"]),
        NodeProto(
          "MaxPool", inputs: ["b"], outputs: ["c"],
          attributes: [
            ints("kernel_shape", [2, 2]), ints("strides", [2, 2]), .init("ceil_mode", .integer(1)),
          ]),
        NodeProto("Reshape", inputs: ["c", "five"], outputs: ["d"]),
        NodeProto("Transpose", inputs: ["d"], outputs: ["e"], attributes: [ints("perm", [0, 2, 1, 3, 4])]),
        NodeProto("Reshape", inputs: ["e", "four"], outputs: ["f"]),
        NodeProto("Add", inputs: ["f", "c"], outputs: ["g"]),
        NodeProto("Mul", inputs: ["g", "v3"], outputs: ["h"]),
        NodeProto("Concat", inputs: ["h", "c"], outputs: ["i"], attributes: [.init("axis", .integer(1))]),
        NodeProto("Flatten", inputs: ["i"], outputs: ["j"]),
        NodeProto("Gemm", inputs: ["j", "m"], outputs: ["k"]),
        NodeProto("Softmax", inputs: ["k"], outputs: ["y"]),
      ],
      initializers: [
        SmallModels.tensor("w", [4, 3, 3, 3]), SmallModels.tensor("v", [4]),
        SmallModels.tensor("v3", [4, 1, 1]),
        TensorProto(name: "five", [5], integers: [1, 2, 2, 2, 2]),
        TensorProto(name: "four", [4], integers: [1, 4, 2, -1]), SmallModels.tensor("m", [32, 5]),
      ])
    let second = SmallModels.model(
      [
        NodeProto("Shape", inputs: ["x"], outputs: ["s"]),
        NodeProto("Gather", inputs: ["s", "i"], outputs: ["t"]),
        NodeProto("Slice", inputs: ["s", "i1", "i4"], outputs: ["u"]),
        NodeProto("Concat", inputs: ["t", "u"], outputs: ["r"], attributes: [.init("axis", .integer(0))]),
        NodeProto("Mul", inputs: ["r", "i1"], outputs: ["q"]),
        NodeProto("Reshape", inputs: ["x", "q"], outputs: ["x2"]),
        NodeProto("ConstantOfShape", inputs: ["i1"], outputs: ["z"]),
        NodeProto("Add", inputs: ["x2", "z"], outputs: ["x3"]),
        NodeProto("Pad", inputs: ["x3", "pads"], outputs: ["a"]),
        NodeProto("Resize", inputs: ["a", "", "scales"], outputs: ["b"]),
        NodeProto(
          "ConvTranspose", inputs: ["b", "w"], outputs: ["c"],
          attributes: [ints("strides", [2, 2]), ints("output_shape", [40, 40])]),
        NodeProto(
          "AveragePool", inputs: ["c"], outputs: ["d"],
          attributes: [ints("kernel_shape", [3, 3]), .init("auto_pad", .string("SAME_LOWER"))]),
        NodeProto("ReduceMean", inputs: ["d"], outputs: ["e"], attributes: [ints("axes", [2, 3])]),
        NodeProto("Squeeze", inputs: ["e", "i23"], outputs: ["f"]),
        NodeProto("LRN", inputs: ["c"], outputs: ["g"], attributes: [.init("size", .integer(3))]),
        NodeProto("PRelu", inputs: ["g", "z1"], outputs: ["y"]),
      ],
      initializers: [
        TensorProto(name: "i", [1], integers: [0]), TensorProto(name: "i1", [1], integers: [1]),
        TensorProto(name: "i4", [1], integers: [4]),
        TensorProto(name: "i23", [2], integers: [2, 3]),
        TensorProto(name: "pads", [8], integers: [0, 0, 1, 1, 0, 0, 1, 1]),
        TensorProto(name: "scales", [4], floats: [1, 1, 2, 2]), SmallModels.tensor("w", [3, 2, 3, 3]),
        SmallModels.tensor("z1", [2, 1, 1]),
      ], outputs: ["y", "f", "y"])
    return [first, second, compounds]
  }()

  /// Patterns of nodes that become one layer, and metadata.
  private static var compounds: ModelProto {
    func ints(_ name: String, _ values: [Int]) -> AttributeProto { .init(name, .integers(values)) }
    func node(_ line: String, _ attributes: [AttributeProto] = []) -> NodeProto {
      let words = line.split(separator: " ").map(String.init)
      let place = words.firstIndex(of: "=") ?? 0
      return NodeProto(
        words[place + 1], name: words[0], inputs: Array(words[(place + 2)...]),
        outputs: Array(words[..<place]),
        attributes: attributes)
    }
    let window = [ints("kernel_shape", [2, 2]), ints("strides", [2, 2]), ints("pads", [0, 0, 0, 0])]
    let rows = [
      ints("kernel_shape", [2, 1]), ints("pads", [1, 0, 0, 0]), ints("strides", [1, 1]),
      .init("count_include_pad", .integer(1)),
    ]
    var model = SmallModels.model(
      [
        node("c = Conv x w"), node("s = Sigmoid c"), node("d = Mul c s"), node("p i = MaxPool d", window),
        node("e = MaxUnpool p i u", window), node("f = Slice e from to axes"), node("q = Mul f f"),
        node("r = Reshape q rows"), node("t = AveragePool r", rows), node("v = Reshape t image"),
        node("v1 = Mul v a"), node("v2 = Add v1 a"), node("v3 = Pow v2 a"), node("g = Div f v3"),
        node("h = AveragePool g", window), node("h1 = Mul h area"), node("h2 = Mul h1 k"),
        node("j = Add h2 k"), node("l = Add j full"), node("m = ReduceMean l", [ints("axes", [2])]),
        node("n = Reshape m row"), node("o = Sub n centers"),
        node("y = ReduceSumSquare o", [ints("axes", [2]), .init("keepdims", .integer(0))]),
      ],
      initializers: [
        SmallModels.tensor("w", [4, 3, 1, 1]), TensorProto(name: "u", [4], integers: [1, 4, 8, 8]),
        TensorProto(name: "from", [2], integers: [1, 1]), TensorProto(name: "to", [2], integers: [7, 7]),
        TensorProto(name: "axes", [2], integers: [2, 3]),
        TensorProto(name: "rows", [4], integers: [0, 1, 4, 36]),
        TensorProto(name: "image", [4], integers: [0, 4, 6, 6]), TensorProto(name: "a", [], floats: [0.5]),
        TensorProto(name: "area", [], floats: [4]), SmallModels.tensor("k", [4, 1, 1]),
        SmallModels.tensor("full", [4, 3, 3]), TensorProto(name: "row", [3], integers: [0, 1, 12]),
        SmallModels.tensor("centers", [5, 12]),
      ])
    model.producerName = "cnnc"
    model.metadata = [
      StringStringEntry("classes", #"["a", "b", "c", "d", "e"]"#),
      StringStringEntry("preprocess", #"{"scale": 1}"#),
      StringStringEntry("cnnc.connections", #"{"c": [[0, 1, 2], [0, 1, 2], [0, 1, 2], [2, 1, 0]]}"#),
    ]
    return model
  }

  /// Numbers that are at the edge of something.
  static let edges = [
    0, 1, -1, 2, 3, 7, 255, 1 << 16, 1 << 20, 1 << 31, 1 << 32, 1 << 40, 1 << 60, .max, .min, -(1 << 31),
  ]

  private static func change(_ values: [Int], _ numbers: inout SeededNumbers) -> [Int] {
    var values = values
    if values.isEmpty || Int.random(in: 0..<6, using: &numbers) == 0 {
      values.append(edges.randomElement(using: &numbers) ?? 0)
    } else if Int.random(in: 0..<6, using: &numbers) == 0 {
      values.removeLast()
    } else {
      values[Int.random(in: 0..<values.count, using: &numbers)] = edges.randomElement(using: &numbers) ?? 0
    }
    return values
  }

  /// A model with one thing in it changed.
  private static func mutated(_ model: ModelProto, _ numbers: inout SeededNumbers) -> ModelProto {
    var model = model
    let node = Int.random(in: 0..<model.graph.nodes.count, using: &numbers)
    let tensor = Int.random(in: 0..<model.graph.initializers.count, using: &numbers)
    let values = model.graph.nodes.flatMap(\.outputs) + model.graph.initializers.map(\.name) + ["x", ""]
    switch Int.random(in: 0..<8, using: &numbers) {
    case 0:
      for index in model.graph.nodes[node].attributes.indices {
        switch model.graph.nodes[node].attributes[index].value {
        case .integers(let list):
          model.graph.nodes[node].attributes[index].value = .integers(change(list, &numbers))
        case .integer:
          model.graph.nodes[node].attributes[index].value = .integer(
            edges.randomElement(using: &numbers) ?? 0)
        default: model.graph.nodes[node].attributes[index].value = .float(.nan)
        }
      }
    case 1:
      let inputs = model.graph.nodes[node].inputs.count
      model.graph.nodes[node].inputs[Int.random(in: 0..<inputs, using: &numbers)] =
        values.randomElement(using: &numbers) ?? ""
    case 2:
      model.graph.nodes[node].operatorType = OperatorTable.all.randomElement(using: &numbers)?.name ?? ""
    case 3:
      let old = model.graph.initializers[tensor]
      model.graph.initializers[tensor].dimensions = change(old.dimensions, &numbers)
    case 4:
      let old = model.graph.initializers[tensor]
      let list = change((0..<old.dimensions.reduce(1) { $0 &* $1 }.clamped).map { $0 }, &numbers)
      model.graph.initializers[tensor] = TensorProto(name: old.name, [list.count], integers: list)
    case 5:
      let sizes = change([1, 3, 8, 8], &numbers)
      model.graph.inputs = [
        ValueInfoProto("x", .tensor(elementType: 1, shape: TensorShapeProto(sizes.map { .size($0) })))
      ]
    case 6 where !model.metadata.isEmpty:
      let entry = Int.random(in: 0..<model.metadata.count, using: &numbers)
      var text = Array(model.metadata[entry].value.unicodeScalars)
      let strange: [Unicode.Scalar] = [
        "\"", "\\", "[", "]", "{", "}", ":", ",", "#", "\n", "\u{0}", "\u{2028}", "9", "-",
      ]
      text[Int.random(in: 0..<text.count, using: &numbers)] = strange.randomElement(using: &numbers) ?? "x"
      model.metadata[entry].value = String(String.UnicodeScalarView(text))
    default:
      model.operatorSets = [OperatorSetIdProto(domain: "", version: Int.random(in: 6...28, using: &numbers))]
    }
    return model
  }

  @Test func `the models are imported as they are`() throws {
    for model in Self.seeds {
      #expect(try !ImportedNetwork(ModelFile(bytes: model.bytes, name: "seed")).spec.isEmpty)
    }
  }

  @Test(arguments: [1, 2, 3, 4] as [UInt64]) func `a model with some things changed is imported or refused`(
    seed: UInt64
  ) {
    var numbers = SeededNumbers(seed: seed)
    var imported = 0
    for round in 0..<1500 {
      var model = Self.seeds[round % Self.seeds.count]
      for _ in 0...round % 3 { model = Self.mutated(model, &numbers) }
      if let file = try? ModelFile(bytes: model.bytes, name: "mutant"), (try? ImportedNetwork(file)) != nil {
        imported += 1
      }
    }
    // If all were refused, nothing would have been tried.
    #expect(imported > 50)
  }
}

extension Int {
  fileprivate var clamped: Int { Swift.min(Swift.max(self, 0), 64) }
}
