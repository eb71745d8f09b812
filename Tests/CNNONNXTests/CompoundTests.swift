import CNN
import CNNImport
import CNNONNX
import CNNSpec
import CNNTestSupport
import Testing

/// Several nodes that become one layer, and what looks like them but is something else.
struct CompoundTests {
  private static func number(_ name: String, _ value: Float) -> TensorProto {
    TensorProto(name: name, [], floats: [value])
  }

  /// x * (1 + Erf(x / root)) / 2, the factors in one of their orders.
  private static func gelu(root: Float, isHalfFirst: Bool) -> ModelProto {
    let ends =
      isHalfFirst
      ? [
        NodeProto("Mul", inputs: ["half", "x"], outputs: ["p"]),
        NodeProto("Mul", inputs: ["p", "s"], outputs: ["y"]),
      ]
      : [
        NodeProto("Mul", inputs: ["s", "x"], outputs: ["p"]),
        NodeProto("Mul", inputs: ["p", "half"], outputs: ["y"]),
      ]
    return SmallModels.model(
      [
        NodeProto("Div", inputs: ["x", "root"], outputs: ["d"]),
        NodeProto("Erf", inputs: ["d"], outputs: ["e"]),
        NodeProto("Add", inputs: ["e", "one"], outputs: ["s"]),
      ] + ends,
      initializers: [number("root", root), number("one", 1), number("half", 0.5)])
  }

  @Test(arguments: [false, true]) func `the exact gelu as PyTorch writes it`(isHalfFirst: Bool) throws {
    let model = Self.gelu(root: 1.4142135, isHalfFirst: isHalfFirst)
    #expect(try ImportTests.steps(model) == ["input: 3x8x8", "network:", "  - gelu"])
    // As exporters write it whose equal constants are one.
    var shared = model
    shared.graph.nodes.insert(NodeProto("Identity", inputs: ["root"], outputs: ["i"]), at: 0)
    shared.graph.nodes.insert(NodeProto("Identity", inputs: ["i"], outputs: ["same"]), at: 1)
    shared.graph.nodes[2].inputs[1] = "same"
    #expect(try ImportTests.steps(shared) == ["input: 3x8x8", "network:", "  - gelu"])
    // Another root is another function.
    let other = try ImportTests.refusal(Self.gelu(root: 1.5, isHalfFirst: isHalfFirst))
    #expect(other.help == ["`e` (Erf, opset 17): this operator is not supported"])
  }

  @Test func `a sigmoid that somebody else reads stays a layer`() throws {
    let silu = [
      NodeProto("Sigmoid", inputs: ["x"], outputs: ["s"]),
      NodeProto("Mul", inputs: ["s", "x"], outputs: ["y"]),
    ]
    #expect(try ImportTests.steps(SmallModels.model(silu)) == ["input: 3x8x8", "network:", "  - silu"])
    #expect(
      try ImportTests.steps(SmallModels.model(silu, outputs: ["y", "s"])) == [
        "input: 3x8x8", "network:", "  - identity:value - sigmoid:s",
        "  - multiply:y: [identity, \"@value\"]",
        "outputs: [y, s]",
      ])
    let others = [
      NodeProto("Sigmoid", inputs: ["x"], outputs: ["s"]), NodeProto("Relu", inputs: ["x"], outputs: ["r"]),
      NodeProto("Mul", inputs: ["s", "r"], outputs: ["y"]),
    ]
    #expect(
      try ImportTests.steps(SmallModels.model(others)).last == "  - multiply: [sigmoid, relu]")
  }

  @Test func `a mean times another number than its area is a pool and a scale`() throws {
    func model(_ area: Float) -> ModelProto {
      let window = [AttributeProto("kernel_shape", .integers([2, 2])), .init("strides", .integers([2, 2]))]
      return SmallModels.model(
        [
          NodeProto("AveragePool", inputs: ["x"], outputs: ["a"], attributes: window),
          NodeProto("Mul", inputs: ["a", "area"], outputs: ["b"]),
          NodeProto("Mul", inputs: ["b", "sub.weight"], outputs: ["c"]),
          NodeProto("Add", inputs: ["c", "sub.bias"], outputs: ["y"]),
        ],
        initializers: [
          Self.number("area", area), SmallModels.tensor("sub.weight", [3, 1, 1]),
          SmallModels.tensor("sub.bias", [3, 1, 1]),
        ])
    }
    #expect(try ImportTests.steps(model(4)).last == "  - subsample:sub(2x2)")
    #expect(try ImportTests.steps(model(3)).last?.hasPrefix("  - avgpool(2x2) - scale") == true)
  }

  @Test func `a max pool's indices are for an unpooling of its input's size`() throws {
    func model(_ shape: [Int], pads: [Int] = [0, 0, 0, 0]) -> ModelProto {
      let window = [
        AttributeProto("kernel_shape", .integers([2, 2])), .init("strides", .integers([2, 2])),
      ]
      return SmallModels.model(
        [
          NodeProto("MaxPool", inputs: ["x"], outputs: ["p", "i"], attributes: window),
          NodeProto("Sigmoid", inputs: ["p"], outputs: ["q"]),
          NodeProto(
            "MaxUnpool", inputs: ["q", "i"] + (shape.isEmpty ? [] : ["shape"]), outputs: ["y"],
            attributes: window + [.init("pads", .integers(pads))]),
        ], initializers: [TensorProto(name: "shape", [shape.count], integers: shape)])
    }
    for shape in [[], [1, 3, 8, 8]] {
      #expect(try ImportTests.steps(model(shape)).last == "  - maxpool:skip(2x2) - sigmoid - unpool(@skip)")
    }
    for wrong in [model([1, 3, 9, 8]), model([], pads: [1, 0, 0, 0])] {
      #expect(
        try ImportTests.refusal(wrong).help[0].contains("has not the size of its MaxPool's input, 3x8x8"))
    }
    let other = SmallModels.model(
      [
        NodeProto(
          "MaxPool", inputs: ["x"], outputs: ["p", "i"],
          attributes: [.init("kernel_shape", .integers([2, 2]))]),
        NodeProto("Add", inputs: ["p", "i"], outputs: ["y"]),
      ])
    #expect(try ImportTests.refusal(other).help[0].contains("which only a MaxUnpool may read"))
  }
}
