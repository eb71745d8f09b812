import CNNImport
import CNNONNX
import CNNSpec
import Testing

/// Models that say more than a spec or a memory holds, and those that say two things at once.
struct ModelLimitTests {
  @Test func `more layers than a spec may have are told as the model's`() throws {
    let names = (1...SpecLimits.layers).map { "v\($0)" } + ["y"]
    let nodes = zip(["x"] + names, names).map { NodeProto("Relu", inputs: [$0], outputs: [$1]) }
    let finding = try ImportTests.refusal(SmallModels.model(nodes))
    #expect(finding.code == .unsupportedModel && finding.place == .file("small.onnx"))
    #expect(finding.message == "the model has 10001 layers, a spec at most 10000")
  }

  /// What computes a constant of a few elements, and its dimensions.
  static let makers: [(NodeProto, made: [Int])] = [
    (NodeProto("Add", inputs: ["a", "a"], outputs: ["v"]), [5]),
    (NodeProto("Mul", inputs: ["i", "i"], outputs: ["v"]), [6]),
    (NodeProto("Gather", inputs: ["i", "i"], outputs: ["v"]), [6]),
    (NodeProto("Slice", inputs: ["i", "from", "to"], outputs: ["v"]), [5]),
    (
      NodeProto("Concat", inputs: ["i", "i"], outputs: ["v"], attributes: [ImportTests.integer("axis", 0)]),
      [12]
    ),
    (NodeProto("Cast", inputs: ["i"], outputs: ["v"], attributes: [ImportTests.integer("to", 1)]), [6]),
    (NodeProto("Cast", inputs: ["a"], outputs: ["v"], attributes: [ImportTests.integer("to", 7)]), [5]),
  ]

  @Test(arguments: makers.indices) func `constants that nodes make are too large all together`(
    index: Int
  ) throws {
    let (maker, made) = Self.makers[index]
    func finding(most: Int) throws -> [String] {
      // Two numbers fewer than the most that a model may have without any bytes in its file.
      let nodes = [
        NodeProto("ConstantOfShape", inputs: ["shape"], outputs: ["large"]), maker,
        NodeProto("GRU", inputs: ["x", "large", "v"], outputs: ["y"]),
      ]
      let constants = [
        TensorProto(name: "shape", [1], integers: [most]),
        TensorProto(name: "a", [5], floats: [1, 2, 3, 4, 5]),
        TensorProto(name: "i", [6], integers: [0, 1, 2, 3, 4, 5]),
        TensorProto(name: "from", [1], integers: [1]), TensorProto(name: "to", [1], integers: [6]),
      ]
      return try ImportTests.refusal(SmallModels.model(nodes, initializers: constants)).help
    }
    let other = "`y` (GRU, opset 17): this operator is not supported"
    let refused =
      "`v` (\(maker.operatorType), opset 17): it makes a constant of the dimensions \(made); all of them together are "
      + "too large"
    #expect(try finding(most: (1 << 28) - 2) == [refused, other])
    #expect(try finding(most: (1 << 28) - made[0]) == [other])
  }

  @Test func `an output that is said to be something else is told with both shapes`() throws {
    var model = SmallModels.model([NodeProto("Relu", inputs: ["x"], outputs: ["y"])])
    let said = TensorShapeProto([.symbol("N"), .size(4), .unknown, .size(8)])
    model.graph.outputs = [ValueInfoProto("y", .tensor(elementType: 1, shape: said))]
    let finding = try ImportTests.refusal(model)
    #expect(finding.code == .modelFile)
    #expect(finding.message == "the output `y` is said to be [N, 4, ?, 8], its node makes [1, 3, 8, 8]")
  }
}
