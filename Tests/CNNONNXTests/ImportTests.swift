import CNN
import CNNGraph
import CNNImport
import CNNONNX
import CNNProtobuf
import CNNSpec
import CNNTestSupport
import Testing

/// What models become: the spec's text, and numbers where the text alone does not say it.
struct ImportTests {
  /// The steps of the spec that a model becomes.
  static func steps(_ model: ModelProto, folder: String? = nil) throws -> [String] {
    let network = try ImportedNetwork(ModelFile(bytes: model.bytes, name: "small.onnx", folder: folder))
    return network.spec.split(separator: "\n").map(String.init).filter {
      !$0.hasPrefix("#") && !$0.hasPrefix("name:")
    }
  }

  private static func expect(
    _ model: ModelProto, _ lines: [String], sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let found = try steps(model)
    #expect(found == lines, sourceLocation: sourceLocation)
  }

  /// What is said of a model that cannot be imported.
  static func refusal(
    _ model: ModelProto, folder: String? = nil, sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> Diagnostic {
    let error = try #require(throws: Diagnostics.self, sourceLocation: sourceLocation) {
      try ImportedNetwork(ModelFile(bytes: model.bytes, name: "small.onnx", folder: folder))
    }
    #expect(error.all.count == 1, sourceLocation: sourceLocation)
    return error.all[0]
  }

  static func integers(_ name: String, _ values: [Int]) -> AttributeProto { .init(name, .integers(values)) }

  static func integer(_ name: String, _ value: Int) -> AttributeProto { .init(name, .integer(value)) }

  static func conv(_ attributes: [AttributeProto] = [], kernel: [Int] = [3, 3]) -> ModelProto {
    SmallModels.model(
      [NodeProto("Conv", inputs: ["x", "first.weight"], outputs: ["y"], attributes: attributes)],
      initializers: [SmallModels.tensor("first.weight", [4, 3] + kernel)])
  }

  static let windows: [(attributes: [AttributeProto], step: String)] = [
    ([], "conv:first(4, 3x3, bias=no)"),
    ([integers("pads", [1, 1, 1, 1])], "conv:first(4, 3x3, pad=1, bias=no)"),
    ([integers("pads", [1, 2, 1, 2])], "conv:first(4, 3x3, pad=1x2, bias=no)"),
    // Top, left, bottom, right in ONNX; top, bottom, left, right in a spec.
    ([integers("pads", [0, 1, 2, 3])], "conv:first(4, 3x3, pad=0x2x1x3, bias=no)"),
    (
      [.init("auto_pad", .string("SAME_UPPER")), integers("strides", [2, 2])],
      "conv:first(4, 3x3, stride=2, pad=0x1x0x1, bias=no)"
    ),
    (
      [.init("auto_pad", .string("SAME_LOWER")), integers("strides", [2, 2])],
      "conv:first(4, 3x3, stride=2, pad=1x0x1x0, bias=no)"
    ),
    ([.init("auto_pad", .string("VALID"))], "conv:first(4, 3x3, bias=no)"),
    ([integers("dilations", [2, 3])], "conv:first(4, 3x3, dilation=2x3, bias=no)"),
    (
      [integers("kernel_shape", [3, 3]), integers("strides", [1, 5])],
      "conv:first(4, 3x3, stride=1x5, bias=no)"
    ),
  ]

  @Test(arguments: windows) func `a convolution's window`(attributes: [AttributeProto], step: String) throws {
    try Self.expect(Self.conv(attributes), ["input: 3x8x8", "network:", "  - \(step)"])
  }

  @Test func `a window that does not come out whole is rounded down`() throws {
    try Self.expect(
      Self.conv([Self.integers("strides", [2, 2])]),
      ["input: 3x8x8", "rounding: floor", "network:", "  - conv:first(4, 3x3, stride=2, bias=no)"])
  }

  static func pool(_ kind: String, _ attributes: [AttributeProto], input: [Int] = [1, 3, 8, 8]) -> ModelProto
  {
    SmallModels.model([NodeProto(kind, inputs: ["x"], outputs: ["y"], attributes: attributes)], input: input)
  }

  @Test func `pools, rounded up where they say so`() throws {
    let window = [Self.integers("kernel_shape", [3, 3]), Self.integers("strides", [2, 2])]
    let ceiling = window + [.init("ceil_mode", .integer(1))]
    let cases: [(ModelProto, [String])] = [
      (Self.pool("MaxPool", window), ["rounding: floor", "network:", "  - maxpool(3x3, stride=2)"]),
      (Self.pool("MaxPool", ceiling), ["network:", "  - maxpool(3x3, stride=2, rounding=ceil)"]),
      (Self.pool("MaxPool", ceiling, input: [1, 3, 7, 7]), ["network:", "  - maxpool(3x3, stride=2)"]),
      (
        Self.pool(
          "AveragePool",
          window + [Self.integers("pads", [1, 1, 0, 0]), .init("count_include_pad", .integer(1))]),
        ["network:", "  - avgpool(3x3, stride=2, pad=1x0x1x0, count_pad=yes)"]
      ),
      (
        Self.pool("AveragePool", [Self.integers("kernel_shape", [8, 8])]), ["network:", "  - globalavgpool"]
      ),
      (Self.pool("GlobalMaxPool", []), ["network:", "  - globalmaxpool"]),
    ]
    for (model, lines) in cases {
      let found = try Self.steps(model)
      #expect(Array(found.dropFirst()) == lines)
    }
  }

  /// conv, flatten by each of the ways that exporters take, a fully connected layer
  static let flattenings: [(String, [NodeProto])] = [
    ("Flatten", [NodeProto("Flatten", inputs: ["c"], outputs: ["f"])]),
    ("Reshape", [NodeProto("Reshape", inputs: ["c", "shape"], outputs: ["f"])]),
    (
      "the arithmetic of shapes",
      [
        NodeProto("Shape", inputs: ["c"], outputs: ["s"]),
        NodeProto("Gather", inputs: ["s", "zero"], outputs: ["n"]),
        NodeProto("Unsqueeze", inputs: ["n", "zeros"], outputs: ["n1"]),
        NodeProto(
          "Concat", inputs: ["n1", "rest"], outputs: ["sizes"], attributes: [.init("axis", .integer(0))]),
        NodeProto("Reshape", inputs: ["c", "sizes"], outputs: ["f"]),
      ]
    ),
  ]

  @Test(arguments: flattenings) func `nothing is left of what flattens for a product`(
    _: String, nodes: [NodeProto]
  ) throws {
    let model = SmallModels.model(
      [NodeProto("Conv", inputs: ["x", "a.weight"], outputs: ["c"])] + nodes
        + [
          NodeProto(
            "Gemm", inputs: ["f", "b.weight", "b.bias"], outputs: ["y"],
            attributes: [.init("transB", .integer(1))])
        ],
      input: [-1, 3, 8, 8],
      initializers: [
        SmallModels.tensor("a.weight", [2, 3, 3, 3]), SmallModels.tensor("b.weight", [5, 72]),
        SmallModels.tensor("b.bias", [5]), TensorProto(name: "shape", [2], integers: [0, -1]),
        TensorProto(name: "zero", [], integers: [0]), TensorProto(name: "zeros", [1], integers: [0]),
        TensorProto(name: "rest", [1], integers: [-1]),
      ])
    try Self.expect(model, ["input: 3x8x8", "network:", "  - conv:a(2, 3x3, bias=no)", "  - fc:b(5)"])
  }

  @Test func `reshape, transpose, reshape is a channel shuffle`() throws {
    let model = SmallModels.model(
      [
        NodeProto("Reshape", inputs: ["x", "split"], outputs: ["a"]),
        NodeProto(
          "Transpose", inputs: ["a"], outputs: ["b"], attributes: [Self.integers("perm", [0, 2, 1, 3, 4])]),
        NodeProto("Reshape", inputs: ["b", "joined"], outputs: ["y"]),
      ], input: [1, 6, 2, 2],
      initializers: [
        TensorProto(name: "split", [5], integers: [1, 2, 3, 2, 2]),
        TensorProto(name: "joined", [4], integers: [1, 6, 2, 2]),
      ])
    try Self.expect(model, ["input: 6x2x2", "network:", "  - channel_shuffle(2)"])
  }

  @Test func `a product and a sum a channel are one scale, a matrix and a sum one layer`() throws {
    let scale = SmallModels.model(
      [
        NodeProto("Mul", inputs: ["x", "w"], outputs: ["a"]),
        NodeProto("Add", inputs: ["b", "a"], outputs: ["y"]),
      ], initializers: [SmallModels.tensor("w", [3, 1, 1]), SmallModels.tensor("b", [1, 3, 1, 1])])
    try Self.expect(scale, ["input: 3x8x8", "network:", "  - scale:w"])
    let dense = SmallModels.model(
      [
        NodeProto("MatMul", inputs: ["x", "head.weight"], outputs: ["a"]),
        NodeProto("Add", inputs: ["a", "b"], outputs: ["y"]),
      ], input: [1, 7],
      initializers: [SmallModels.tensor("head.weight", [7, 4]), SmallModels.tensor("b", [4])])
    try Self.expect(dense, ["input: 7x1x1", "network:", "  - fc:head(4)"])
    // Somebody else reads the product, too.
    let shared = SmallModels.model(
      [
        NodeProto("Mul", inputs: ["x", "w"], outputs: ["a"]),
        NodeProto("Add", inputs: ["a", "b"], outputs: ["c"]),
        NodeProto("Sum", inputs: ["a", "c"], outputs: ["y"]),
      ], initializers: [SmallModels.tensor("w", [3, 1, 1]), SmallModels.tensor("b", [1, 3, 1, 1])])
    try Self.expect(
      shared, ["input: 3x8x8", "network:", "  - scale:w", "  - add: [identity, scale:b]"])
  }

  @Test func `branches, a reader of the input, and several outputs have names`() throws {
    let model = SmallModels.model(
      [
        NodeProto("Relu", inputs: ["x"], outputs: ["r"]), NodeProto("Sigmoid", inputs: ["x"], outputs: ["s"]),
        NodeProto(
          "Concat", inputs: ["r", "s", "x"], outputs: ["y"], attributes: [.init("axis", .integer(1))]),
        NodeProto("Abs", inputs: ["x"], outputs: ["nobody reads this"]),
      ], outputs: ["y", "r"])
    try Self.expect(
      model,
      [
        "input: 3x8x8", "network:", "  - identity:value - relu:r", "  - \"@value - sigmoid\"",
        "  - concat:y: [\"@r\", identity, \"@value\"]", "outputs: [y, r]",
      ])
  }

  @Test func `parameters are those of the spec's kinds`() throws {
    let norm = SmallModels.model(
      [
        NodeProto(
          "BatchNormalization", inputs: ["x", "n.weight", "n.bias", "n.mean", "n.var"], outputs: ["a"],
          attributes: [.init("epsilon", .float(0.001)), .init("momentum", .float(0.99))]),
        NodeProto(
          "LRN", inputs: ["a"], outputs: ["y"],
          attributes: [.init("size", .integer(5)), .init("alpha", .float(0.0005)), .init("bias", .float(1))]),
      ], initializers: ["n.weight", "n.bias", "n.mean", "n.var"].map { SmallModels.tensor($0, [3]) })
    try Self.expect(
      norm, ["input: 3x8x8", "network:", "  - bn:n(eps=0.001, momentum=0.01) - lrn(k=1)"])
  }

  // MARK: Versions of operators

  @Test func `what was an attribute and is an input today`() throws {
    let limits = [TensorProto(name: "0", [], floats: [0]), TensorProto(name: "6", [], floats: [6])]
    let old = [AttributeProto("min", .float(0)), .init("max", .float(6))]
    for (node, version) in [
      (NodeProto("Clip", inputs: ["x"], outputs: ["y"], attributes: old), 10),
      (NodeProto("Clip", inputs: ["x", "0", "6"], outputs: ["y"]), 11),
    ] {
      try Self.expect(
        SmallModels.model([node], initializers: limits, operatorSet: version),
        ["input: 3x8x8", "network:", "  - relu6"])
    }
    // Over all of C x H x W until opset 12, over one dimension since.
    let softmax = NodeProto(
      "Softmax", inputs: ["x"], outputs: ["y"], attributes: [.init("axis", .integer(1))])
    try Self.expect(
      SmallModels.model([softmax], operatorSet: 12),
      ["input: 3x8x8", "network:", "  - flatten - softmax - reshape(3x8x8)"])
    try Self.expect(
      SmallModels.model([softmax], operatorSet: 13), ["input: 3x8x8", "network:", "  - softmax"])
  }

  // MARK: What cannot be imported

  /// Nodes behind each other, and constants, of which no network can be made, but which are no trap either.
  private static let refused: [(nodes: [NodeProto], constants: [TensorProto], input: [Int], reason: String)] =
    [
      (
        [
          NodeProto("Add", inputs: ["a", "b"], outputs: ["s"]),
          .init("Reshape", inputs: ["x", "s"], outputs: ["y"]),
        ],
        [TensorProto(name: "a", [0], integers: []), TensorProto(name: "b", [1], integers: [1])],
        [1, 3, 8, 8],
        "has not the 192 elements"
      ),
      (
        [NodeProto("Resize", inputs: ["x", "", "a", "b"], outputs: ["y"])],
        [TensorProto(name: "a", [1], floats: [2]), TensorProto(name: "b", [4], integers: [1, 3, 16, 16])],
        [1, 3, 8, 8], "both `scales` and `sizes`"
      ),
      (
        [
          NodeProto("Pad", inputs: ["x", "a"], outputs: ["p"]),
          .init("Flatten", inputs: ["p"], outputs: ["y"], attributes: [.init("axis", .integer(4))]),
        ], [TensorProto(name: "a", [8], integers: [0, 0, 0, 0, 0, 0, 1 << 30, 1 << 30])], [1 << 40, 1, 4, 4],
        "past 64 bits"
      ),
      (
        [
          NodeProto(
            "MaxPool", inputs: ["x"], outputs: ["y"],
            attributes: [
              integers("kernel_shape", [1 << 31 - 1, 1 << 31 - 1]),
              integers("pads", [Int](repeating: 1 << 31 - 2, count: 4)),
            ])
        ], [], [1, 3, 8, 8], "its output is past 64 bits"
      ),
      (
        [NodeProto("Reshape", inputs: ["x", "a"], outputs: ["y"])],
        [TensorProto(name: "a", [17], integers: [1, 3, 8, 8] + [Int](repeating: 1, count: 13))],
        [1, 3, 8, 8],
        "has not the 192 elements"
      ),
      (
        [NodeProto("Add", inputs: ["x", "a"], outputs: ["y"])], [SmallModels.tensor("a", [1, 1, 1, 1, 1])],
        [1, 3, 8, 8], "is no number a channel"
      ),
      (
        [NodeProto("Div", inputs: ["x", "a"], outputs: ["y"])],
        [TensorProto(name: "a", [1], floats: [.leastNormalMagnitude / 8])],
        [1, 3, 8, 8], "0, infinite or tiny"
      ),
      (
        [
          NodeProto(
            "ConvTranspose", inputs: ["x", "a"], outputs: ["y"],
            attributes: [.init("auto_pad", .string("SAME_UPPER")), integers("strides", [2, 3])])
        ], [SmallModels.tensor("a", [3, 2, 2, 2])], [1, 3, 8, 8],
        "a window below its stride has no one meaning"
      ),
    ]

  @Test(arguments: refused.indices) func `what cannot be computed so is refused`(index: Int) throws {
    let (nodes, constants, input, reason) = Self.refused[index]
    let found = try Self.refusal(SmallModels.model(nodes, input: input, initializers: constants))
    #expect(found.code == .unsupportedModel && found.help.contains { $0.contains(reason) }, "\(found)")
  }

  @Test func `factors whose product is no longer what one after the other computes stay apart`() throws {
    let nodes = [
      NodeProto("Mul", inputs: ["x", "a"], outputs: ["u"]),
      NodeProto("Mul", inputs: ["u", "b"], outputs: ["y"]),
    ]
    for (factor, count) in [(Float(1e-25), 2), (0.5, 1)] {
      let constants = ["a", "b"].map { TensorProto(name: $0, [1], floats: [factor]) }
      let network = try ImportedNetwork(
        ModelFile(bytes: SmallModels.model(nodes, initializers: constants).bytes, name: "small.onnx"))
      #expect(network.parameters.count(where: { $0.name.hasSuffix(".weight") }) == count)
    }
  }

  @Test func `layers that share a weight are counted`() throws {
    let names = (1...400).map { "v\($0)" }
    let nodes = zip(["x"] + names, names).map {
      NodeProto("PRelu", inputs: [$0, "block.slope"], outputs: [$1])
    }
    let model = SmallModels.model(
      nodes, initializers: [SmallModels.tensor("block.slope", [3, 1, 1])], outputs: ["v400"])
    let network = try ImportedNetwork(ModelFile(bytes: model.bytes, name: "small.onnx"))
    #expect(Set(network.parameters.map(\.name)).count == 400)
  }

  @Test func `every node that is not supported is listed in one finding`() throws {
    let model = SmallModels.model([
      NodeProto("Relu", inputs: ["x"], outputs: ["a"]),
      NodeProto("GRU", name: "gru", inputs: ["a"], outputs: ["b"]),
      NodeProto("Relu", inputs: ["b"], outputs: ["c"]),
      NodeProto("Fused", name: "own", domain: "com.example", inputs: ["c"], outputs: ["d"]),
      NodeProto("Clip", inputs: ["a"], outputs: ["e"], attributes: [.init("speed", .integer(1))]),
      NodeProto("Sum", inputs: ["d", "e"], outputs: ["y"]),
    ])
    let finding = try Self.refusal(model)
    #expect(finding.code == .unsupportedModel && finding.place == .file("small.onnx"))
    #expect(finding.message == "3 nodes cannot be imported")
    #expect(
      finding.help == [
        "`gru` (GRU, opset 17): this operator is not supported",
        "`own` (Fused, com.example): this operator is not supported",
        "`e` (Clip, opset 17): its attribute `speed` is not known",
      ])
  }

  @Test func `what a node reads and nobody makes is told once, in the node's order`() throws {
    let names = ["d", "b", "a", "c", "b", "d"]
    let model = SmallModels.model([NodeProto("Sum", inputs: ["x"] + names, outputs: ["y"])])
    #expect(
      try Self.refusal(model).help
        == ["d", "b", "a", "c"].map {
          "`y` reads `\($0)`, which is neither an input nor an initializer nor computed"
        })
  }

  static let damaged: [(String, [NodeProto], [TensorProto], String)] = [
    (
      "a cycle",
      [NodeProto("Relu", inputs: ["b"], outputs: ["y"]), NodeProto("Relu", inputs: ["y"], outputs: ["b"])],
      [],
      "`y` reads `b`, which is computed later: a cycle, or nodes out of order"
    ),
    (
      "a missing initializer", [NodeProto("Conv", inputs: ["x", "w"], outputs: ["y"])], [],
      "`y` reads `w`, which is neither an input nor an initializer nor computed"
    ),
    (
      "a value computed twice",
      [NodeProto("Relu", inputs: ["x"], outputs: ["y"]), NodeProto("Tanh", inputs: ["x"], outputs: ["y"])],
      [],
      "`y` computes `y`, which is there already"
    ),
    (
      "two initializers of a name", [NodeProto("Relu", inputs: ["x"], outputs: ["y"])],
      [SmallModels.tensor("w", [1]), SmallModels.tensor("w", [2])], "there are two initializers `w`"
    ),
    (
      "2^60 bytes", [NodeProto("Conv", inputs: ["x", "w"], outputs: ["y"])],
      [
        TensorProto(
          name: "w", dimensions: [1 << 29, 1 << 29], elementType: .float, content: .raw(ByteSlice([0])))
      ],
      "`y` (Conv): `w` has \(1 << 58) elements, but 1 bytes"
    ),
    (
      "2^64 elements", [NodeProto("Conv", inputs: ["x", "w"], outputs: ["y"])],
      [TensorProto(name: "w", dimensions: [1 << 32, 1 << 32], elementType: .float, content: .none)],
      "`y` (Conv): `w` has the dimensions [4294967296, 4294967296], which no memory holds"
    ),
    (
      "a negative dimension", [NodeProto("Conv", inputs: ["x", "w"], outputs: ["y"])],
      [TensorProto(name: "w", dimensions: [-1], elementType: .float, content: .none)],
      "`y` (Conv): `w` has the dimensions [-1], which no memory holds"
    ),
    (
      "half floats that are half there", [NodeProto("Conv", inputs: ["x", "w"], outputs: ["y"])],
      [TensorProto(name: "w", dimensions: [2], elementType: .float16, content: .raw(ByteSlice([0, 0])))],
      "`y` (Conv): `w` has 2 elements, but 2 bytes"
    ),
  ]

  @Test(arguments: damaged) func `a damaged graph is told`(
    _: String, nodes: [NodeProto], initializers: [TensorProto], says: String
  ) throws {
    let finding = try Self.refusal(SmallModels.model(nodes, initializers: initializers))
    #expect(finding.code == .modelFile)
    #expect(finding.help == [says])
  }

  @Test func `versions and inputs that a network has not`() throws {
    let relu = NodeProto("Relu", inputs: ["x"], outputs: ["y"])
    let last = OperatorTable.operatorSets.upperBound
    for version in [5, last + 1] {
      #expect(
        try Self.refusal(SmallModels.model([relu], operatorSet: version)).message
          == "the model is written in opset \(version), expected 6 to \(last)")
    }
    #expect(
      try Self.refusal(SmallModels.model([relu], input: [1, 3, -1, 8])).message
        == "the input `x` leaves its dimension 2 open")
    var two = SmallModels.model([NodeProto("Sum", inputs: ["x", "z"], outputs: ["y"])])
    two.graph.inputs.append(SmallModels.input("z", [1, 3, 8, 8]))
    #expect(try Self.refusal(two).message == "a network has one input, the model has 2: `x`, `z`")
    let enormous = NodeProto("ConstantOfShape", inputs: ["shape"], outputs: ["w"])
    let model = SmallModels.model(
      [enormous, NodeProto("Conv", inputs: ["x", "w"], outputs: ["y"])],
      initializers: [TensorProto(name: "shape", [4], integers: [1 << 20, 3, 1 << 10, 1 << 10])])
    #expect(try Self.refusal(model).help.first?.contains("all of them together are too large") == true)
    // What is computed of constants is in no file, either.
    let folded = SmallModels.model(
      [
        enormous, NodeProto("Add", inputs: ["w", "w"], outputs: ["v"]),
        NodeProto("Add", inputs: ["x", "v"], outputs: ["y"]),
      ], initializers: [TensorProto(name: "shape", [1], integers: [1 << 28])])
    #expect(
      try Self.refusal(folded).help == [
        "`v` (Add, opset 17): it makes a constant of the dimensions [268435456]; all of them together are too large"
      ])
  }

  @Test func `layers that share a tensor have no more parameters than a model may make`() throws {
    func model(_ count: Int) -> ModelProto {
      let nodes = (0..<count).map { index in
        NodeProto(
          "MatMul", inputs: [index == 0 ? "x" : "t\(index)", "w"],
          outputs: [index == count - 1 ? "y" : "t\(index + 1)"])
      }
      let weight = TensorProto(name: "w", [1024, 1024], floats: [Float](repeating: 0.5, count: 1 << 20))
      return SmallModels.model(nodes, input: [1, 1024], initializers: [weight])
    }
    // 256 * 1024 * 1024 in all layers but the first.
    #expect(try Self.steps(model(257)).contains { $0.contains("*257") })
    #expect(
      try Self.refusal(model(258)).message
        == "the layers have 269484032 parameters more than the file's tensors have numbers")
  }
}
