import CNNSpec
import Testing

struct SpecReaderTests {
  static let least = "input: 3x32x32\nnetwork: relu\n"

  @Test func `what is left out`() throws {
    let spec = try #require(reading(yaml: Self.least, name: "nets/my.net.yaml").spec)
    #expect(spec.name == "my")
    #expect(spec.rounding == "exact")
    #expect(spec.outputs.isEmpty && spec.classes == nil && spec.preprocessing == Preprocessing())
    #expect(spec.training == TrainingRecipe())
    #expect([spec.input.channels, spec.input.height, spec.input.width] == [3, 32, 32])
  }

  @Test(arguments: [
    ("nets/vgg16.yaml", "vgg16"), ("<standard input>", "network"), ("3.yaml", "net_3"), ("a b.json", "a_b"),
    ("ä", "_"),
  ])
  func `a name from the file's is a legal one`(path: String, name: String) {
    let stem = SpecReader.stem(path)
    let isLegal = stem.wholeMatch(of: /[A-Za-z][A-Za-z0-9_-]*/) != nil
    #expect(isLegal, "\(stem)")
    if name.first != "_" { #expect(stem == name) }
  }

  @Test func `inputs`() throws {
    let asks = try #require(reading(yaml: "input: 3x?x?\nnetwork: relu").spec)
    #expect(asks.input.asks)
    let long = try #require(reading(yaml: "input: {channels: 1, height: 28, width: '?'}\nnetwork: relu").spec)
    #expect(long.input.channels == 1 && long.input.height == 28 && long.input.width == nil)
  }

  @Test(arguments: [
    "3x32", "3x32x32x32", "0x1x1", "?x3x3", "3x-1x3", "axbxc", "[3, 32, 32]", "3x3x",
    "3x9223372036854775808x1",
  ])
  func `no input`(text: String) {
    let result = reading(yaml: "input: \(text)\nnetwork: relu")
    #expect(result.findings.map(\.code) == [.invalidValue])
    #expect(result.messages.first?.hasPrefix("1:8: `input` is one image, channels x height x width") == true)
  }

  @Test(arguments: [
    ("cnnc: 2", "3:7: this program knows version 1 of the language, not 2"),
    ("name: 1a", "3:7: a name is letters, digits, `_` and `-`, a letter first, not `1a`"),
    ("rounding: flor", "3:11: `rounding` cannot be `flor`"),
    ("wher: {N: 1}", "3:1: a spec has no key `wher`"),
    ("input: 1x1x1", "3:1: `input` is there already, in line 1"),
    ("where: [N]", "3:8: `where` is a mapping from names to what they stand for, not a list"),
    ("blocks: 3", "3:9: `blocks` is a mapping from names to blocks, not `3`"),
    ("classes: {a: b}", "3:10: `classes` is a list of labels or the name of a text file, not a mapping"),
    ("outputs: [[a]]", "3:11: an output is a label, not a list"),
    ("preprocess: {scal: 1}", "3:14: `preprocess` has no key `scal`"),
    ("preprocess: {mean: [1, 2]}", "3:20: `mean` has 2 numbers, but the input has 3 channels"),
    ("preprocess: {std: 0}", nil), ("preprocess: {resize: 0}", nil), ("preprocess: {scale: 1/0}", nil),
    ("preprocess: {color: blue}", "3:21: `color` cannot be `blue`"),
  ])
  func `keys and values that do not work`(line: String, message: String?) {
    let result = reading(yaml: Self.least + line)
    #expect(result.messages.count == 1)
    if let message { #expect(result.messages == [message]) }
  }

  @Test func `all that is wrong is told`() {
    #expect(
      reading(yaml: "nam: a\ncnnc: x\nwhere: {N: )}\n").messages == [
        "1:1: a spec has no key `nam`", "2:7: `cnnc` is a number, not `x`",
        "1:1: a spec needs the key `input`",
        "1:1: a spec needs the key `network`", "3:12: a value should stand here, not `)`",
      ])
  }

  @Test func `did you mean`() {
    #expect(reading(yaml: Self.least + "wher: {}").findings.first?.help == ["did you mean `where`?"])
    #expect(reading(yaml: Self.least + "rounding: flor").findings.first?.help == ["did you mean `floor`?"])
  }

  @Test func `preprocessing`() throws {
    let text =
      Self.least + "preprocess: {color: bgr, resize: 256x320, crop: 224, scale: 1, mean: [1, 2, 3], std: 1/2}"
    let read = try #require(reading(yaml: text).spec).preprocessing
    #expect(read.color == .bgr && read.resize == .exact(height: 256, width: 320) && read.crop == Size2D(224))
    #expect(read.scale == 1 && read.mean == [1, 2, 3] && read.std == [0.5])
  }
}
