import CNNGraph
import CNNImport
import Testing

/// What layers and outputs are called, by the names that the model has for them.
struct NameTests {
  /// The labels of convolutions behind each other, in a spec's words: `conv:a`, or `conv` where there is none.
  private static func chain(_ hints: [Hint?]) throws -> [String] {
    var maker = GraphMaker(1, 8)
    var value = ImportedLayer.Source.input
    // None like its neighbour, which would make a repeat of them.
    for (place, hint) in hints.enumerated() {
      value = maker.relu(maker.conv(value, 2 + place, hint: hint))
    }
    return try maker.graph(value).lines().dropFirst().map { line in
      String(line.dropFirst(4).prefix { $0 != "(" })
    }
  }

  private static let names: [(names: [String], origin: Hint.Origin, labels: [String])] = [
    // A person's, who counts the layers: all of them, those of a kind, or with pools in between.
    (["a1", "a2", "a3"], .node, ["conv:a1", "conv:a2", "conv:a3"]),
    (["c1", "c3", "f5"], .tensor, ["conv:c1", "conv:c3", "conv:f5"]),
    (["c1.weight", "c3.weight", "c5.weight"], .tensor, ["conv:c1", "conv:c3", "conv:c5"]),
    (["c1", "c3", "head"], .tensor, ["conv:c1", "conv:c3", "conv:head"]),
    // An exporter's, who counts everything.
    (["n0", "n3", "n7"], .node, ["conv", "conv", "conv"]),
    (["r12", "r31", "r207"], .tensor, ["conv", "conv", "conv"]),
    (["12", "31", "207"], .tensor, ["conv", "conv", "conv"]),
    (["onnx::Conv_12", "onnx::Conv_31", "onnx::Conv_207"], .tensor, ["conv", "conv", "conv"]),
    // Which weights they are, not whose.
    (["W1", "W2", "W3"], .tensor, ["conv", "conv", "conv"]),
    // In formats in which a person names each layer.
    (["c1", "c3", "c9"], .person, ["conv:c1", "conv:c3", "conv:c9"]),
    (["w1", "s/weight", "block/scale"], .person, ["conv:w1", "conv:s_weight", "conv:block_scale"]),
  ]

  @Test(arguments: names) func `a person's names are kept, an exporter's numbers are not`(
    names: [String], origin: Hint.Origin, labels: [String]
  ) throws {
    #expect(try Self.chain(names.map { Hint($0, origin) }) == labels)
  }

  @Test func `numbers of tensors say nothing of nodes' names`() throws {
    let hints = [Hint("n4", .tensor), Hint("b1", .node), Hint("n9", .tensor), Hint("b2", .node)]
    #expect(try Self.chain(hints) == ["conv", "conv:b1", "conv", "conv:b2"])
  }

  /// The last lines of a network of three outputs, of which the last layer is the first.
  private static func heads(_ hints: [Hint?]) throws -> [String] {
    var maker = GraphMaker(1, 8)
    let a = maker.relu(maker.conv(.input, 2))
    let b = maker.function("sigmoid", a)
    let c = maker.function("tanh", a)
    let d = maker.function("softmax", c)
    var graph = maker.graph(d, a, b)
    graph.outputHints = hints
    return Array(try graph.lines().dropFirst())
  }

  @Test func `outputs without names are numbered in their order`() throws {
    #expect(
      try Self.heads([]) == [
        "  - conv(2, 3x3, pad=1) - relu:out_2 - sigmoid:out_3", #"  - "@out_2 - tanh - softmax:out""#,
        "outputs: [out, out_2, out_3]",
      ])
  }

  private static let outputs: [(names: [(String, Hint.Origin)?], line: String)] = [
    ([("scores", .tensor), ("features", .tensor), ("mask", .tensor)], "[scores, features, mask]"),
    // Paths, numbers and words of the language are no names.
    ([("/head/Softmax_output_0", .tensor), ("495", .tensor), ("sigmoid", .tensor)], "[out, out_2, out_3]"),
    ([("n12", .tensor), ("n31", .tensor), ("n33", .tensor)], "[out, out_2, out_3]"),
    ([("head/scores", .person), nil, ("b", .person)], "[head_scores, out, b]"),
    // The same name twice, and that of another layer.
    ([("x", .person), ("x", .person), ("conv1", .person)], "[x, x_2, conv1_2]"),
    // What a layer is called without a label needs none.
    ([("softmax1", .person), ("relu1", .tensor), ("m", .tensor)], "[softmax1, relu1, m]"),
  ]

  @Test(arguments: outputs.indices) func `outputs have the model's names`(index: Int) throws {
    let (names, line) = Self.outputs[index]
    let lines = try Self.heads(names.map { name in name.map { Hint($0.0, $0.1) } })
    #expect(lines.last == "outputs: \(line)", "\(lines)")
    let hasLabels = lines.joined().contains(":relu1") || lines.joined().contains(":softmax1")
    #expect(!hasLabels, "\(lines)")
  }

  @Test func `an output's own name comes before its weights'`() throws {
    var maker = GraphMaker(1, 8)
    let a = maker.conv(.input, 2, named: "stem.weight")
    let b = maker.conv(a, 3, named: "head.0.weight")
    var graph = maker.graph(a, b)
    graph.outputHints = [nil, Hint("boxes", .tensor)]
    #expect(
      try graph.lines() == [
        "network:", "  - conv:stem(2, 3x3, pad=1)", "  - conv:boxes(3, 3x3, pad=1)", "outputs: [stem, boxes]",
      ])
  }
}
