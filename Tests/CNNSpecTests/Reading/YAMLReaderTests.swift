import CNNSpec
import Testing

struct YAMLReaderTests {
  @Test(arguments: [
    ("", "1:1: the file is empty"), ("# nothing\n", "1:1: the file is empty"),
    ("  \n\n", "1:1: the file is empty"),
    ("---\n...\n", "2:1: a spec is a mapping, not nothing"), ("- 1", "1:1: a spec is a mapping, not a list"),
    ("a: 1\n---\nb: 2\n", "2:1: a second document starts here"),
    ("input: !!str 3", "1:8: the tag `tag:yaml.org,2002:str` means nothing here"),
    ("{a: *b}", "1:2: a key in double quotes should be here"),
    ("a: *b", "1:4: the alias `*b` names no anchor before it"),
    ("a: &b [*b]", "1:8: the alias `*b` stands inside what it names"),
    ("[1]: 2", "1:1: a key is text, not a list"),
    ("a: \u{7F}", "1:4: control characters are not allowed"),
    ("a: \u{1}", "1:4: a byte of value 1 is no text"),
  ])
  func `what is no spec`(text: String, message: String) {
    #expect(reading(yaml: text).messages.first == message)
  }

  @Test func `bytes that are no text`() {
    #expect(Reading([0x61, 0x3A, 0x20, 0xC3, 0xA9, 0xFF]).messages == ["1:5: the byte 0xFF is not UTF-8"])
    #expect(Reading([0xED, 0xA0, 0x80]).messages == ["1:1: the byte 0xED is not UTF-8"])
    #expect(Reading([0x50, 0x4B, 0x03, 0x04]).messages == ["1:3: a byte of value 3 is no text"])
    #expect(Reading(Array(repeating: 0, count: 100)).findings.map(\.code) == [.invalidUTF8])
  }

  @Test(arguments: [
    ("network: [(CONV-RELU)*N-POOL]*M, SOFTMAX", 1), ("network: @a - relu", 1), ("pad: ?", 1),
    ("network:\n- concat: [conv(64, 3x3)-bn, identity]", 2), ("network: [conv(8, 3), relu]", 1),
    ("blocks: {b: {network: conv(8, 3)}}", 1), ("where: {FC: {units: ?}}", 1),
  ])
  func `the traps say: quote the pattern`(text: String, line: Int) throws {
    let finding = try #require(reading(yaml: text).findings.first { $0.help.contains("quote the pattern") })
    guard case .text(let range) = finding.place else { throw Trap() }
    #expect(range.startPosition.line == line)
  }
  struct Trap: Error {}

  @Test func `a comma that cuts a parenthesis`() {
    #expect(
      reading(yaml: "input: 3x8x8\nnetwork:\n- add: [conv(64, 3x3)-bn, identity]").text == """
        3:13: error[pattern-syntax]: `(` is never closed
          - add: [conv(64, 3x3)-bn, identity]
                      ^
          help: quote the pattern
          help: write `)` where it ends
        3:18: error[pattern-syntax]: a layer, `(`, `[` or `@label` should stand here, not `3x3`
          - add: [conv(64, 3x3)-bn, identity]
                           ^^^
          help: quote the pattern
        """)
  }

  @Test func `a tab as indentation`() {
    let finding = reading(yaml: "where:\n\tN: 2").findings.first
    #expect(finding?.help.contains("indent with spaces: YAML does not allow tabs there") == true)
  }

  @Test func `anchors and merge-free aliases`() {
    #expect(
      layers(yaml: "network: &p fc(n) - fc(n)\nwhere: {n: &n 3}\nclasses: [*n, *p]")
        == ["fc1 = fc(units=3)", "fc2 = fc(units=3)"])
    #expect(reading(yaml: "input: 3x1x1\nnetwork: relu\n<<: 1").messages == ["3:1: a spec has no key `<<`"])
  }

  /// The place of `covn` in one text, however it is written.
  @Test(arguments: [
    ("network: relu-covn", "1:15"), ("network: 'relu-covn'", "1:16"), ("network: \"relu-covn\"", "1:16"),
    ("network: relu\n  -  \n   covn", "3:4"), ("network: 'relu\n\n  - covn'", "3:5"),
    ("network: \"relu - \\\n   covn\"", "2:4"), ("network: \"\\u0072elu-covn\"", "1:21"),
    ("network: \"\\x72\\U00000065lu-covn\"", "1:28"), ("network: |\n  relu-\n  covn", "3:3"),
    ("network: >-\n  relu -\n\n    tanh -\n  covn\n", "5:3"), ("network: |2-\n    relu - covn\n", "2:12"),
    ("network: \"relu\\t-\\n covn\"", "1:21"), ("name: \"é😀\"\nnetwork: relu - covn", "2:17"),
    ("{\"name\": \"é😀\", \"network\": \"relu - covn\"}", "1:35"), ("\u{FEFF}network: relu-covn", "1:15"),
    ("name: a\r\nnetwork: \"relu\r\n -covn\"", "3:3"), ("name: a\rnetwork: relu-covn", "2:15"),
    ("{\"network\": \"\\u0072elu\\ud83d\"}", "1:23"), ("{\"network\": \"\\u0072elu-covn\"}", "1:24"),
    ("{\"network\": [\"relu\",\r\n \"covn\"]}", "2:3"),
  ])
  func `columns are exact inside quotes, escapes and folds`(text: String, place: String) throws {
    let input = text.hasPrefix("{") ? text.dropLast() + ", \"input\": \"1x1x1\"}" : text + "\ninput: 1x1x1\n"
    let finding = try #require(reading(yaml: String(input)).findings.last)
    guard case .text(let range) = finding.place else { throw Trap() }
    #expect("\(range.startPosition.line):\(range.startPosition.column)" == place)
  }

  @Test func `a non-ASCII character in a pattern is marked whole`() {
    #expect(
      reading("relu – é").text == """
        2:16: error[pattern-syntax]: `–` has no meaning in a pattern
          network: "relu – é"
                         ^
        """)
  }
}
