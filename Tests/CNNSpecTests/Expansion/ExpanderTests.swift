import CNNSpec
import Testing

/// Repeats, `where`, choices and labels.
struct ExpanderTests {
  @Test func `a label inside repeats bears their indices, an ordinal counts on`() {
    #expect(layers("(relu:a-tanh)*2") == ["a.0 = relu", "tanh1", "a.1 = relu", "tanh2"])
    #expect(layers("((relu:a)*2)*2") == ["a.0.0 = relu", "a.0.1 = relu", "a.1.0 = relu", "a.1.1 = relu"])
    #expect(layers("relu-relu:a-relu") == ["relu1", "a = relu", "relu3"])
  }

  @Test func `a repeat step is a repeat`() {
    let steps = "network:\n- repeat: N\n  network: [relu, {repeat: 2, network: 'tanh:t'}]\nwhere: {N: 2}"
    #expect(
      layers(yaml: steps)
        == ["relu1", "t.0.0 = tanh", "t.0.1 = tanh", "relu2", "t.1.0 = tanh", "t.1.1 = tanh"])
  }

  @Test func `lists are indexed from the outermost repeat inwards`() {
    #expect(layers("(fc*2)*2", "where: {FC: [1, 2]}") == (1...4).map { "fc\($0) = fc(units=\($0 / 3 + 1))" })
    #expect(
      layers("(fc*2)*2", "where: {FC: [[1, 2], [3, 4]]}") == (1...4).map { "fc\($0) = fc(units=\($0))" })
    #expect(
      layers("(fc*N)*2", "where: {FC: {units: [[1, 2], 3]}, N: [2, 1]}")
        == (1...3).map { "fc\($0) = fc(units=\($0))" })
    // A list of mappings, and a list inside: the next repeat's.
    #expect(
      layers("(fc*2)*2", "where: {FC: [{units: [1, 2]}, {units: 3, bias: no}]}")
        == [
          "fc1 = fc(units=1)", "fc2 = fc(units=2)", "fc3 = fc(units=3, bias=no)",
          "fc4 = fc(units=3, bias=no)",
        ])
    #expect(layers("fc(n)*2", "where: {n: [3, 4]}") == ["fc1 = fc(units=3)", "fc2 = fc(units=4)"])
    #expect(layers("fc(2*n)*2", "where: {n: [3, 4]}") == ["fc1 = fc(units=6)", "fc2 = fc(units=8)"])
  }

  @Test func `a list of the wrong length names both lengths`() {
    #expect(
      reading("fc*3", "where: {FC: [1, 2]}").text == """
        3:13: error[list-length]: `FC` lists 2 values, but the repeat round it has 3 turns
          where: {FC: [1, 2]}
                      ^^^^^^
          help: list 3 values
          help: repeat 2 times
        """)
    #expect(
      reading("fc", "where: {FC: [1, 2]}").messages
        == ["3:13: a list gives one value a turn of a repeat, but no repeat stands round what it is for"])
    #expect(
      reading("fc*2", "where: {FC: [[1, 2], 3]}").messages
        == ["3:14: a list gives one value a turn of a repeat, but only one stands round what it is for"])
  }

  @Test func `the pattern wins over the label, the label over the kind, each argument by itself`() {
    #expect(
      layers(
        "conv:a(kernel=5)-conv",
        "where: {CONV: {filters: 1, kernel: 1, pad: 1, bias: no}, a: {filters: 2, kernel: 2, pad: 2}}")
        == [
          "a = conv(filters=2, kernel=5, pad=2, bias=no)",
          "conv2 = conv(filters=1, kernel=1, pad=1, bias=no)",
        ])
    #expect(layers("fc-fc:s", "where: {FC: 1, s: 2}") == ["fc1 = fc(units=1)", "s = fc(units=2)"])
  }

  @Test func `where binds kinds as they are written, in either case`() {
    #expect(layers("conv", "where: {CONV: {filters: 1, kernel: 1}}") == ["conv1 = conv(filters=1, kernel=1)"])
    #expect(
      reading("maxpool", "where: {POOL: 2}").messages
        == ["3:9: nothing in the network is named `POOL`", "2:11: `maxpool` needs `kernel`"])
  }

  @Test func `optional steps`() {
    #expect(layers("relu?a-tanh?b", "where: {a: yes, b: no}") == ["relu1"])
    #expect(layers("(conv(1, 1)-POOL?)*3", "where: {POOL: 2, \"POOL?\": [yes, no, yes]}").count == 5)
    #expect(layers("(relu-pool(2)?)*2", "where: {\"POOL?\": [true, false]}").count == 3)
    #expect(layers("relu:a?-relu?", "where: {\"a?\": no, \"relu?\": yes}") == ["relu1"])
    #expect(layers("(relu-tanh)*2?a", "where: {a: [yes, no]}") == ["relu1", "tanh1"])
    #expect(
      layers(yaml: "network: [{add: [relu?a, tanh]}]\nwhere: {a: no}") == ["tanh1", "add1 < input, tanh1"])
  }

  @Test func `an optional step that nothing decides`() {
    #expect(
      reading("POOL?").text == """
        2:11: error[unknown-name]: nothing says whether this step is there
          network: "POOL?"
                    ^^^^^
          help: write `where: {"POOL?": [yes, no]}`, one for each turn, or one `yes` or `no`
        """)
    #expect(reading("relu?deep", "where: {deep: 2}").messages == ["3:15: `deep` should be yes or no"])
  }

  @Test func `references: the occurrence of the same turn, or one by its index`() {
    #expect(layers("(relu:a-tanh-@a-relu:b)*2")[5] == "b.1 = relu < a.1")
    #expect(layers("relu:a*3 - @a.1 - tanh").last == "tanh1 < a.1")
    #expect(layers("(relu:a*2 - @a.0 - tanh)*2").last == "tanh2 < a.1.0")
    #expect(layers("relu - tanh - @relu1 - tanh").last == "tanh2 < relu1", "an ordinal is a name too")
    #expect(layers("(relu:a-tanh)*2-@tanh1-elu").last == "elu1 < tanh1")
  }

  @Test(arguments: [
    ("@b - relu", "2:11: nothing is labelled `b`"),
    ("relu:b*2 - @b - relu", "2:22: `@b` names no occurrence of `b`"),
    ("relu:b - @b.0", "2:20: `@b.0` names no occurrence of `b`"),
    ("@b - relu:b", "2:11: `@b` is computed only later, in line 2: this would be a cycle"),
    ("relu:b - @b.9223372036854775807", "2:20: `@b.9223372036854775807` names no occurrence of `b`"),
    ("relu:a - relu:a", "2:25: the name `a` is taken already, in line 2"),
    ("relu - relu:relu1", "2:23: the name `relu1` is taken already, in line 2"),
  ])
  func `labels that do not work`(pattern: String, message: String) {
    #expect(reading(pattern).messages == [message])
  }

  @Test func `joins and their branches`() {
    let network = """
      network:
      - relu:a
      - concat:mix:
        - conv(1, 1) - relu
        - ["conv(2, 1)", tanh]
        - identity
        - "@a - tanh"
      - add: [identity, "@mix"]
      """
    #expect(
      layers(yaml: network) == [
        "a = relu", "conv1 = conv(filters=1, kernel=1)", "relu2", "conv2 = conv(filters=2, kernel=1) < a",
        "tanh1", "tanh2 < a", "mix = concat < relu2, tanh1, a, tanh2", "add1 < mix, mix",
      ])
  }

  @Test func `long forms`() {
    #expect(
      layers(
        yaml:
          "network:\n- conv: {filters: 64, kernel: 3x5, pad: '?', name: c2}\n- fc: 10\n- relu:\n- FC:s: {units: 2}"
      )
        == ["c2 = conv(filters=64, kernel=3x5, pad=?)", "fc1 = fc(units=10)", "relu1", "s = fc(units=2)"])
    #expect(
      layers(yaml: "network:\n- conv: {filters: 2, kernel: 1, connections: [[0, 1], [2]]}")
        == ["conv1 = conv(filters=2, kernel=1, connections=[[0 1] [2]])"])
    #expect(
      layers("conv:C3*2", "where: {C3: {filters: 2, kernel: 1, connections: [[0, 1, 2], [2]]}}").first
        == "C3.0 = conv(filters=2, kernel=1, connections=[[0 1 2] [2]])", "connections are never indexed")
  }

  @Test(arguments: [
    ("- {conv: 3, relu: }", "3:3: a step's mapping has one key, the kind of layer, not 2"),
    ("- [relu]", "3:3: a step is a pattern or a mapping with one key, not a list"),
    ("- add: relu", "3:8: `add` takes a list of branches, not `relu`"),
    ("- add: []", "3:8: `add` takes a list of branches, not a list"),
    ("- {repeat: 2}", "3:3: a repeat needs the key `network`"),
    ("- {repeat: 1..2, network: relu}", "3:12: `repeat` is a count, not `1..2`"),
    ("- conv(3): 2", "3:7: the end of a kind with its label, as in `conv:c1`, should stand here, not `(`"),
    ("- fc:a: {units: 1, name: b}", "3:20: the layer has a label already: `a`"),
    ("- fc: {units: 1, name: 1b}", "3:24: a label is letters, digits and `_`, a letter first, not `1b`"),
    ("- ", "3:2: the pattern is empty"),
  ])
  func `steps that do not work`(step: String, message: String) {
    #expect(reading(yaml: "input: 3x32x32\nnetwork:\n\(step)").messages == [message])
  }

  @Test func `where says what nothing reads`() {
    #expect(
      reading("CONV(1, 1)-relu", "where: {CONVV: {pad: 1}, scores: 3}").text == """
        3:9: error[unused-where]: nothing in the network is named `CONVV`
          where: {CONVV: {pad: 1}, scores: 3}
                  ^^^^^
          help: did you mean `CONV`?
        3:26: error[unused-where]: nothing in the network is named `scores`
          where: {CONVV: {pad: 1}, scores: 3}
                                   ^^^^^^
          help: one of `CONV`, `relu`
        """)
    #expect(
      reading("fc(channels)", "where: {channels: 3}").messages
        == ["3:9: `channels` is a word of the language, and cannot be given a value"])
    #expect(
      reading("conv(1, 1)", "where: {CONV: {padd: 1}}").messages == ["3:16: `conv` has no argument `padd`"])
  }
}
