import CNNSpec
import Testing

/// Text that wants to crash, hang or fill the reader: each gets a finding with a place, soon.
@Suite(.serialized) struct HostileSpecTests {
  /// The codes of the findings. Alone on a core each takes less than a second where the code is optimised; the
  /// bound leaves room for a busy machine, and what hangs does not pass it.
  static func codes(_ text: String, name: String = "spec.yaml") -> [DiagnosticCode] {
    var result: [DiagnosticCode] = []
    let duration = ContinuousClock().measure {
      let reading = Reading(Array(text.utf8), name: name, describes: false)
      result = Array(Set(reading.findings.map(\.code))).sorted { $0.rawValue < $1.rawValue }
      for finding in reading.findings { Self.check(finding) }
    }
    #expect(duration < .seconds(isOptimised ? 5 : 30), "\(text.prefix(60))")
    return result
  }

  private static let isOptimised: Bool = {
    var isDebug = false
    assert({ isDebug = true }() == ())
    return !isDebug
  }()

  /// Every finding can be printed, in little room, and its range lies inside of the text.
  static func check(_ finding: Diagnostic) {
    if finding.description.utf8.count > 4000 {
      Issue.record("a finding of \(finding.description.utf8.count) bytes")
    }
    guard case .text(let range) = finding.place else { return }
    if range.start < 0 || range.end < range.start || range.end > range.text.bytes.count {
      Issue.record("\(range.start)..<\(range.end) of \(range.text.bytes.count): \(finding.message)")
    }
  }

  static func repeated(_ text: String, _ count: Int) -> String { String(repeating: text, count: count) }
  static let head = "input: 3x8x8\nnetwork: "

  @Test(arguments: ["[", "{a: ", "[[", "- ", "? ", "\"(", "'[", "(", "@", "&a [", "!", "%", "|", "*a"])
  func `100,000 openers`(opener: String) {
    #expect(!Self.codes(Self.head + Self.repeated(opener, 100_000)).isEmpty)
    #expect(!Self.codes(Self.repeated(opener, 100_000)).isEmpty)
  }

  @Test func `deep nesting`() {
    let depth = 100_000
    let open = Self.repeated("(", depth)
    let close = Self.repeated(")", depth)
    #expect(Self.codes(Self.head + "\"\(open)relu\(close)\"") == [.nestingTooDeep])
    #expect(Self.codes(Self.head + "\"fc(\(open)1\(close))\"") == [.nestingTooDeep])
    #expect(Self.codes(Self.head + "\"fc(\(Self.repeated("-", depth))1)\"") == [.nestingTooDeep])
    #expect(Self.codes(Self.head + "\"fc(1\(Self.repeated("+1", depth)))\"") == [.nestingTooDeep])
    #expect(Self.codes("{\"a\": \(Self.repeated("[", depth))") == [.nestingTooDeep])
    #expect(Self.codes(Self.repeated("{\"a\": ", depth)) == [.nestingTooDeep])
    #expect(Self.codes("[\(Self.repeated("[", depth))", name: "a.json") == [.nestingTooDeep])
  }

  @Test func `aliases that multiply`() {
    var laughs = "a0: &a0 [lol, lol, lol]\n"
    for index in 1..<30 {
      laughs += "a\(index): &a\(index) [\(Self.repeated("*a\(index - 1), ", 9))*a\(index - 1)]\n"
    }
    #expect(Self.codes(laughs).contains(.aliasLimit))
    let long = "x: &a \"\(Self.repeated("relu-", 100_000))\"\nnetwork: [\(Self.repeated("*a,", 10_000))]"
    #expect(Self.codes(long).contains(.aliasLimit))
  }

  @Test(arguments: [
    "relu*1000000000", "identity*1000000000", "(relu?no)*9223372036854775807", "((identity*1000)*1000)*1000",
    "((relu*0)*1000000)*1000000", "@a*1000000000", "relu*10001",
  ])
  func `endless repeats`(pattern: String) {
    #expect(!Self.codes(Self.head + "\"\(pattern)\"\nwhere: {\"no\": no}").isEmpty)
  }

  @Test func `blocks that call blocks`() {
    func chain(_ count: Int, _ call: (Int) -> String) -> String {
      let blocks = (0..<count).map { "  b\($0): {parameters: {x: 1}, network: \"\(call($0))\"}\n" }.joined()
      return
        "input: 3x8x8\nnetwork: b0\nblocks:\n\(blocks)  b\(count): {parameters: {x: 1}, network: fc(x)}\n"
    }
    #expect(Self.codes(chain(90) { "b\($0 + 1)" }) == [])
    #expect(Self.codes(chain(10_000) { "b\($0 + 1)" }) == [.nestingTooDeep])
    #expect(Self.codes(chain(60) { "b\($0 + 1)-b\($0 + 1)" }) == [.layerLimit])
    #expect(Self.codes(chain(60) { "b\($0 + 1)*2-(relu*0)" }) == [.layerLimit])
    #expect(Self.codes(chain(50) { "b\($0 + 1)(x+x)" }) == [])
    #expect(Self.codes(chain(80) { "b\($0 + 1)(x+x)" }) == [.overflow])
    #expect(Self.codes(chain(80) { "b\($0 + 1)(x*channels+x)" }) == [.nestingTooDeep])
    let nested = Self.repeated("(", 90)
    let closed = Self.repeated(")", 90)
    #expect(Self.codes(chain(90) { "\(nested)b\($0 + 1)\(closed)" }) == [.nestingTooDeep])
    #expect(Self.codes(chain(1000) { $0 == 999 ? "b0" : "b\($0 + 1)" }) == [.recursiveBlock])
  }

  @Test func `where that multiplies`() {
    let entries = (0..<25).map { "n\($0): n\($0 + 1)\(Self.repeated("+n\($0 + 1)", 150))" }.joined(
      separator: "\n  ")
    #expect(Self.codes(Self.head + "fc(n0)\nwhere:\n  \(entries)\n  n25: channels").contains(.nestingTooDeep))
    #expect(Self.codes(Self.head + "fc(n0)\nwhere:\n  \(entries)\n  n25: 1").contains(.overflow))
    let chain = (0..<10_000).map { "n\($0): n\($0 + 1)" }.joined(separator: "\n  ")
    #expect(Self.codes(Self.head + "fc(n0)\nwhere:\n  \(chain)\n  n10000: 1") == [.nestingTooDeep])
  }

  @Test(arguments: ["9223372036854775807", "9223372036854775808", "1e300", "-9223372036854775807-1"])
  func `large numbers everywhere`(number: String) {
    let text = """
      cnnc: \(number)
      input: \(number)x\(number)x\(number)
      network: "relu*(\(number)) - fc(\(number)) - conv:a(\(number), \(number)x\(number)) - relu*N - @a.\(number)"
      where: {N: "0..\(number)", FC: [\(number)]}
      train: {epochs: \(number), batch: \(number), seed: \(number), augment: [{crop: \(number)}], clip: \(number)}
      preprocess: {resize: \(number), crop: \(number)x\(number), mean: \(number), scale: \(number)/3}
      """
    #expect(!Self.codes(text).isEmpty)
    #expect(
      !Self.codes(Self.head + "fc((\(number))*(\(number))/(\(number))+(\(number)))*3\n").contains(.wrongType))
  }

  @Test func `long names and texts`() {
    let long = Self.repeated("a", 200_000)
    #expect(Self.codes(Self.head + "relu:\(long)") == [.invalidName])
    #expect(Self.codes(Self.head + long) == [.invalidName])
    #expect(Self.codes(Self.head + "relu - @\(long)") == [.invalidName])
    #expect(Self.codes(Self.head + "fc(1)\nwhere: {? \(long) : 3}") == [.unusedWhere])
    #expect(Self.codes(Self.head + "fc(\(Self.repeated("1", 200_000)))") == [.invalidValue])
    #expect(Self.codes("{\"\(long)\": 1}").contains(.unknownKey))
  }

  @Test func `many entries, labels, blocks, duplicates`() {
    let many = 0..<20_000
    let wrong = many.map { "  name\($0): 1\n" }.joined()
    #expect(Self.codes(Self.head + "relu\nwhere:\n\(wrong)") == [.unusedWhere])
    #expect(Self.codes(Self.head + "relu\n" + many.map { "k\($0): 1\n" }.joined()) == [.unknownKey])
    #expect(
      Self.codes(Self.head + "relu\nblocks: {b: {network: relu}}\n" + many.map { _ in "name: a\n" }.joined())
        == [.duplicateKey])
    let flow = many.map { _ in "\"name\": \"a\"" }.joined(separator: ", ")
    #expect(Self.codes("{\"input\": \"1x1x1\", \"network\": \"relu\", \(flow)}") == [.duplicateKey])
    let blocks = many.map { "  b\($0): {network: relu}\n" }.joined()
    #expect(Self.codes(Self.head + "b19999 - c\nblocks:\n\(blocks)") == [.unknownKind])
    let labels = (0..<9_000).map { "relu:l\($0)" }.joined(separator: "-")
    #expect(Self.codes(Self.head + "\"\(labels)-@l\"") == [.unknownLabel])
    #expect(Self.codes(Self.head + "\"(relu:a-@b)*5000\"") == [.unknownLabel])
    #expect(Self.codes(Self.head + "\"relu:a*4000-(@a.0-relu)*4000\"") == [])
    #expect(Self.codes(Self.head + "\"(n(x))*5000\"") == [.unknownKind])
  }

  @Test func `a network of 10,000 layers is soon read`() {
    let pattern = Self.repeated("(CONV-BN-RELU-POOL?)*25-", 99) + "relu"
    let entries = (0..<1000).map { "l\($0): 1" }.joined(separator: ", ")
    #expect(
      Self.codes(
        Self.head
          + "\"(\(pattern))\"\nwhere: {CONV: {filters: 8, kernel: 3, pad: 1}, POOL: 2, \"POOL?\": yes}") == []
    )
    #expect(Self.codes(Self.head + "\"conv(1, 1)*10000\"\nwhere: {\(entries)}") == [.unusedWhere])
  }

  @Test(.enabled(if: isOptimised)) func `megabytes`() {
    let mega = 1 << 20
    #expect(Self.codes(Self.head + "\"\(Self.repeated("a", 15 * mega))\"") == [.invalidName])
    #expect(Self.codes(Self.head + "\"\(Self.repeated("relu-", 3 * mega))\"") == [.layerLimit])
    #expect(Self.codes(Self.head + "\"\(Self.repeated("é", 7 * mega))\"") == [.patternSyntax])
    #expect(
      Self.codes(Self.head + "fc(N)\nwhere: {N: [\(Self.repeated("1,", mega))]}").contains(.fileTooLarge))
    #expect(Self.codes(Self.repeated("a", 17 * mega)) == [.fileTooLarge])
    #expect(Self.codes("{\"network\": [\(Self.repeated("1,", mega))1]}") == [.fileTooLarge])
  }
}
