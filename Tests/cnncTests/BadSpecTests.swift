import CNNSpec
import CNNTestSupport
import Foundation
import Testing

/// Specs as a hostile or tired hand writes them: a place, a code and help, no crash and no hang.
struct BadSpecTests {
  struct Case: CustomTestStringConvertible {
    var testDescription: String
    var code: String
    var bytes: [UInt8]
    /// What standard error has to say besides.
    var says: String

    init(_ name: String, _ code: String, _ text: String, says: String = "help:") {
      self.init(name, code, bytes: Array(text.utf8), says: says)
    }

    init(_ name: String, _ code: String, bytes: [UInt8], says: String = "help:") {
      (testDescription, self.code, self.bytes, self.says) = (name, code, bytes, says)
    }

    static func conv(_ name: String, _ code: String, _ arguments: String, says: String = "") -> Case {
      Case(name, code, "input: 3x8x8\nnetwork: \"conv(\(arguments))\"\n", says: says)
    }
  }

  static let texts: [Case] = [
    Case("empty", "empty-spec", ""),
    Case("binary", "invalid-utf8", bytes: (0..<5120).map { UInt8(truncatingIfNeeded: $0) &+ 128 }),
    Case("bad UTF-8", "invalid-utf8", bytes: Array("input: 1x8x8\nname: a".utf8) + [0xFF, 0xFE, 10]),
    Case("a NUL", "invalid-utf8", "input: 1x8x8\0\nnetwork: relu\n"),
    Case("a tab", "yaml-syntax", "input: 1x8x8\nnetwork:\n\t- relu\n"),
    Case("a scalar", "wrong-type", "hello"),
    Case("a list", "wrong-type", "- 1\n- 2\n"),
    Case("nested lists", "nesting-too-deep", "network: " + String(repeating: "[", count: 100_000)),
    Case("nested JSON", "nesting-too-deep", "{\"network\": " + String(repeating: "[", count: 100_000)),
    Case(
      "nested pattern", "nesting-too-deep",
      "input: 1x8x8\nnetwork: \"\(String(repeating: "(", count: 100_000))relu\"\n"),
    Case("alias bomb", "alias-limit", aliasBomb),
    Case("cut JSON", "json-syntax", "{\"input\": \"1x8x8\", "),
    Case("a repeat of 10^9", "layer-limit", "input: 1x8x8\nnetwork: \"(conv(1,1))*1000000000\"\n"),
    Case("repeats in repeats", "layer-limit", "input: 1x8x8\nnetwork: \"(((relu)*9999)*9999)*9999\"\n"),
    Case(
      "a family of 10^11", "family-limit",
      "input: 1x8x8\nnetwork: \"(relu)*N\"\nwhere: {N: 1..100000000000}\n"),
  ]

  static let values: [Case] = [
    .conv("kernel 0", "invalid-value", "4, 0"),
    .conv("a kernel larger than its input", "window-too-large", "4, 9", says: "help: pad=1 gives 2x2"),
    .conv(
      "a window that does not fit", "window-does-not-fit", "4, 3, stride=3", says: "help: pad=2 gives 4x4"),
    .conv("stride 0", "invalid-value", "4, 3, stride=0"),
    .conv("negative filters", "invalid-value", "-4, 3"),
    .conv("fractional filters", "not-whole", "2.5, 3"),
    .conv("2^63 filters", "invalid-value", "9223372036854775808, 3"),
    .conv("2^63 - 1 filters", "overflow", "9223372036854775807, 3"),
    .conv("filters as text", "unknown-name", "many, 3", says: "help:"),
    .conv(
      "groups that do not divide", "groups-do-not-divide", "4, 3, groups=2", says: "help: groups that divide"),
    .conv("an unknown argument", "unknown-argument", "4, 3, strid=2", says: "did you mean `stride`?"),
    Case("input 0", "invalid-value", "input: 0x8x8\nnetwork: relu\n"),
    Case(
      "an input past 64 bits", "overflow",
      "input: 9223372036854775807x9223372036854775807x3\nnetwork: relu\n", says: ""),
    Case(
      "add", "shape-mismatch", "input: 3x8x8\nnetwork:\n  - add: [\"conv(4, 3)\", \"conv(4, 3, pad=1)\"]\n"),
    Case(
      "concat", "size-mismatch",
      "input: 3x8x8\nnetwork:\n  - concat: [\"conv(4, 3)\", \"conv(4, 3, pad=1)\"]\n"),
    Case(
      "a cycle", "label-cycle",
      "input: 3x8x8\nnetwork:\n  - add:b: [\"@c\", identity]\n  - add:c: [\"@b\", identity]\n"),
    Case(
      "a block that calls itself", "recursive-block",
      "input: 3x8x8\nnetwork: a()\nblocks: {a: {network: a()}}\n"),
    Case(
      "an unknown kind", "unknown-kind", "input: 3x8x8\nnetwork: convv(4, 3)\n", says: "did you mean `conv`?"),
    Case(
      "an unknown key", "unknown-key", "input: 3x8x8\nnetwork: relu\nruonding: floor\n",
      says: "did you mean `rounding`?"),
    Case("a key twice", "duplicate-key", "input: 3x8x8\ninput: 3x8x8\nnetwork: relu\n", says: ""),
    Case("no network", "missing-key", "input: 3x8x8\n"),
    Case(
      "a list of another length", "list-length",
      "input: 3x8x8\nnetwork: \"(CONV)*2\"\nwhere: {CONV: {kernel: 1, filters: [1, 2, 3]}}\n"),
    Case("no class file", "unreadable-file", "input: 3x8x8\nnetwork: fc(2)\nclasses: nowhere.txt\n"),
  ]

  static var aliasBomb: String {
    let letters = "abcdefghijklmnopqrst".map(String.init)
    let lines = zip(letters, letters.dropFirst()).map { before, letter in
      "\(letter): &\(letter) [\((0..<9).map { _ in "*\(before)" }.joined(separator: ", "))]"
    }
    return (["a: &a [x, x, x, x, x, x, x, x, x]"] + lines).joined(separator: "\n") + "\n"
  }

  @Test(arguments: texts + values) func `is refused with a place`(item: Case) throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("spec.yaml", item.bytes)
    let result = try cnnc("check \(path)")
    #expect(result.status == 1, "\(result.errors.prefix(500))")
    let place = try Regex("(?m)^\(path):[0-9]+:[0-9]+: error\\[\(item.code)\\]: .")
    #expect(result.errors.firstMatch(of: place) != nil, "\(result.errors.prefix(500))")
    #expect(item.says.isEmpty || result.errors.contains(item.says), "\(result.errors.prefix(500))")
    #expect(result.errors.utf8.count < 20_000, "one mistake fills no screens")
    // The commands that need one good network say the same and print no result.
    let plan = try cnnc("plan \(path)")
    #expect(plan.status == 1 && plan.output.isEmpty && plan.errors.contains("error[\(item.code)]"))
  }

  static let enormous = [
    "input: 1x8x8\nnetwork: \"fc(100000000) - fc(10000000)\"\n",
    "input: 3x1000000x1000000\nnetwork: \"conv(1000, 1)\"\n",
  ]

  @Test(arguments: enormous) func `10^15 numbers are refused before they are taken`(text: String) throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("spec.yaml", text)
    let image = try folder.write("image.pgm", "P2 1 1 255 7\n")
    for line in ["check \(path)", "plan \(path)", "run \(path) --input \(image)"] {
      let result = try cnnc(line)
      #expect(result.status == 1 && result.errors.contains("spec.yaml:2:"), "\(line): \(result)")
      #expect(result.errors.contains("error[memory-limit]") && result.errors.contains("help:"))
    }
  }

  @Test func `weights that this machine has no room for are not begun to be drawn`() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("spec.yaml", "input: 1x8x8\nnetwork: \"fc(1000000) - fc(1000000)\"\n")
    let image = try folder.write("image.pgm", "P2 1 1 255 7\n")
    let result = try cnnc("run \(path) --input \(image)")
    #expect(result.status == 1 && result.errors.contains("\(path): error[memory-limit]"), "\(result)")
    #expect(result.seconds < 10)
  }

  @Test func `one network is asked for where there are several`() throws {
    for command in ["plan lecture", "run lecture --input x.png", "eval lecture --data x"] {
      let result = try cnnc(command)
      #expect(result.status == 1 && result.output.isEmpty)
      #expect(result.errors.contains("error[choose-member]") && result.errors.contains("--where N=1,M=2,K=0"))
    }
    let size = try cnnc("plan -", input: "input: 3x?x?\nnetwork: conv(4, 3)\n")
    #expect(size.status == 1 && size.errors.contains("<standard input>:1:"))
    #expect(size.errors.contains("error[choose-member]") && size.errors.contains("help: sizes that fit"))
  }
}
