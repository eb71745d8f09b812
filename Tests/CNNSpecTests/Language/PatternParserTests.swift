import CNNSpec
import Testing

struct PatternParserTests {
  @Test func `steps stand behind hyphens and commas, which mean the same`() {
    #expect(layers("conv(8, 3) - relu, pool(2)-fc(10)") == layers("conv(8,3)-relu-pool(2)-fc(10)"))
    #expect(
      layers("conv(8, 3) - relu, pool(2)-fc(10)")
        == [
          "conv1 = conv(filters=8, kernel=3)", "relu1", "maxpool1 = maxpool(kernel=2)", "fc1 = fc(units=10)",
        ])
  }

  @Test func `the lecture's line is a network`() {
    let line = "[(CONV-RELU)*N-POOL]*M-(FC-RELU)*K, SOFTMAX"
    let given = "where: {N: [2, 1], M: 2, K: 1, CONV: {filters: [4, 8], kernel: 3}, POOL: 2, FC: 10}"
    #expect(
      layers(line, given) == [
        "conv1 = conv(filters=4, kernel=3)", "relu1", "conv2 = conv(filters=4, kernel=3)", "relu2",
        "maxpool1 = maxpool(kernel=2)", "conv3 = conv(filters=8, kernel=3)", "relu3",
        "maxpool2 = maxpool(kernel=2)", "fc1 = fc(units=10)", "relu4", "softmax1",
      ])
  }

  @Test func `kinds, synonyms and both cases`() {
    #expect(layers("CONV(8,3)-Conv(8,3)-pOOl(2)") == layers("conv(8,3)-conv(8,3)-MAXPOOL(2)"))
    #expect(layers("transposed(8, 2)") == ["deconv1 = deconv(filters=8, kernel=2)"])
  }

  @Test func `arguments: positional, by name, sizes, words, questions, flags`() {
    #expect(
      layers("conv(8, 3x5, stride=2, pad=same, bias=no)")
        == ["conv1 = conv(filters=8, kernel=3x5, stride=2, pad=same, bias=no)"])
    #expect(layers("conv(8, 3, pad=?)") == ["conv1 = conv(filters=8, kernel=3, pad=?)"])
    #expect(layers("conv(8, 3, pad=0x1x0x1)") == ["conv1 = conv(filters=8, kernel=3, pad=0x1x0x1)"])
    #expect(layers("conv(kernel=3, filters=8)") == ["conv1 = conv(filters=8, kernel=3)"])
    #expect(layers("relu()") == ["relu1"])
    #expect(layers("upsample(2, mode=bilinear)") == ["upsample1 = upsample(factor=2, mode=bilinear)"])
    #expect(layers("reshape(4x4x4)") == ["reshape1 = reshape(shape=4x4x4)"])
    #expect(layers("maxpool(2, rounding=ceil)") == ["maxpool1 = maxpool(kernel=2, rounding=ceil)"])
  }

  @Test func `labels, behind a colon or as name`() {
    #expect(layers("conv:c1(8, 3)") == ["c1 = conv(filters=8, kernel=3)"])
    #expect(layers("conv(8, 3, name=c1)") == ["c1 = conv(filters=8, kernel=3)"])
    #expect(layers("relu:r - crop(4x4) - @r - relu") == ["r = relu", "crop1 = crop(size=4x4)", "relu2 < r"])
  }

  @Test(arguments: [
    ("", "2:10: the pattern is empty"),
    ("conv(8, 3", "2:15: `(` is never closed"),
    ("(conv(8, 3)", "2:11: `(` is never closed"),
    ("[relu)", "2:16: `-`, `,` or `]` should stand here, not `)`"),
    ("relu)", "2:15: `-`, `,` or the end should stand here, not `)`"),
    ("relu--relu", "2:16: a layer, `(`, `[` or `@label` should stand here, not `-`"),
    ("relu-", "2:16: a layer, `(`, `[` or `@label` should stand here, not the end"),
    ("3", "2:11: a layer, `(`, `[` or `@label` should stand here, not `3`"),
    (
      "relu*",
      "2:16: a count: a number, a name, or an expression in parentheses should stand here, not the end"
    ),
    (
      "relu*2.5",
      "2:16: a count: a number, a name, or an expression in parentheses should stand here, not `2.5`"
    ),
    ("relu:", "2:16: a label should stand here, not the end"),
    ("relu:_x", "2:16: a label starts with a letter, not `_x`"),
    ("relu:a.0", "2:17: `.` has no meaning in a pattern"),
    ("@", "2:11: a label's name should follow `@`"),
    ("conv(8, 3x)", "2:19: `3x` is no number"),
    ("conv(8, 3 3)", "2:21: `,` or `)` should stand here, not `3`"),
    ("conv(99999999999999999999, 3)", "2:16: `99999999999999999999` is larger than 2^63 - 1"),
    ("@a.99999999999999999999", "2:14: `99999999999999999999` is larger than 2^63 - 1"),
    ("conv(1e999, 3)", "2:16: `1e999` is too large"),
    ("relu & relu", "2:16: `&` has no meaning in a pattern"),
    ("relu – relu", "2:16: `–` has no meaning in a pattern"),
    ("conv(8, kernel=3, 1)", "2:29: a positional argument stands behind `kernel=`"),
    ("conv:a(8, 3, name=b)", "2:29: the layer has a label already: `a`"),
    ("fc(10, no, 3)", "2:22: `fc` takes 2: units, bias"),
    ("relu(3)", "2:16: `relu` takes no arguments"),
    ("conv(8, 3, kernel=5)", "2:22: `kernel` is given twice"),
    ("conv(8, 3, strid=5)", "2:22: `conv` has no argument `strid`"),
    ("conv(8, 3, pad=sam)", "2:26: `pad` cannot be `sam`"),
    ("conv(8)", "2:11: `conv` needs `kernel`"),
    ("covn(8)", "2:11: there is no kind of layer `covn`"),
    ("add", "2:11: `add` joins branches, which a pattern cannot hold"),
    ("(relu)?", "2:11: `?` behind parentheses needs a name"),
  ])
  func `what is wrong, and where`(pattern: String, message: String) {
    #expect(reading(pattern).messages == [message])
  }

  @Test func `a finding shows its place and what to do`() {
    #expect(
      reading("conv(8, 3)-convv(8, 3)").text == """
        2:22: error[unknown-kind]: there is no kind of layer `convv`
          network: "conv(8, 3)-convv(8, 3)"
                               ^^^^^
          help: did you mean `conv`?
        """)
    #expect(
      reading("conv(8, kernal=3)").text == """
        2:19: error[unknown-argument]: `conv` has no argument `kernal`
          network: "conv(8, kernal=3)"
                            ^^^^^^
          help: did you mean `kernel`?
        2:11: error[missing-argument]: `conv` needs `kernel`
          network: "conv(8, kernal=3)"
                    ^^^^^^^^^^^^^^^^^
          help: write `conv(kernel=...)` here, or `where: {conv: {kernel: ...}}`
        """)
  }

  @Test func `operations are counted for each expression, not for the pattern`() {
    let many = Array(repeating: "fc(1+1+1+1+1+1+1+1+1)", count: 300).joined(separator: "-")
    #expect(layers(many).count == 300)
  }
}
