import CNNCaffe
import CNNSpec
import Testing

struct TextFormatTests {
  private static func parse(_ text: String) throws -> TextMessage {
    try TextParser.message(SourceText(name: "net.prototxt", text))
  }

  /// Fields as `name=value`, messages in braces.
  private static func list(_ message: TextMessage) -> String {
    let fields = message.fields.map { field in
      switch field.value {
      case .integer(let value): "\(field.name)=\(value)"
      case .real(let value): "\(field.name)=\(value)r"
      case .word(let word): "\(field.name)=\(word)"
      case .string(let text): "\(field.name)='\(text)'"
      case .message(let message): "\(field.name)\(list(message))"
      }
    }
    return "{\(fields.joined(separator: " "))}"
  }

  static let written: [(text: String, read: String)] = [
    ("", "{}"), ("# nothing\n  # at all", "{}"),
    ("a: 1 b: -2 c: 0x1F d: 017 e: 0", "{a=1 b=-2 c=31 d=15 e=0}"),
    ("a: 1.5 b: -.5 c: 1. d: 1e-3 e: 2f f: - 3.0E+2F", "{a=1.5r b=-0.5r c=1.0r d=0.001r e=2.0r f=-300.0r}"),
    ("a: inf b: -Infinity", "{a=infr b=-infr}"), ("a: 99999999999999999999", "{a=1e+20r}"),
    ("a: MAX b: true", "{a=MAX b=true}"),
    (#"a: "x" b: 'y"' c: "a" 'b' "\n\x41\101\\\u00e9""#, "{a='x' b='y\"' c='ab\nAA\\é'}"),
    ("a { b: 1 } c: { d < e: 2 > } f: <>", "{a{b=1} c{d{e=2}} f{}}"),
    ("a: [1, 2,3] b: [] c: [{ d: 1 }, < d: 2 >]", "{a=1 a=2 a=3 c{d=1} c{d=2}}"),
    ("a: 1, b: 2; c { d: 3 }; e: 4", "{a=1 b=2 c{d=3} e=4}"),
    ("a:1#comment\nb:2", "{a=1 b=2}"), ("\u{FEFF}a: 1", "{a=1}"),
  ]

  @Test(arguments: written) func `what is written is read`(text: String, read: String) throws {
    #expect(try Self.list(Self.parse(text)) == read)
  }

  static let wrong: [(text: String, found: [String])] = [
    ("a 1", ["1:3 expected `:` or `{` behind `a`, found 1"]),
    (
      "a: }", ["1:4 expected a value of `a`, found `}`", "1:4 expected a field's name, found `}`"]
    ),
    ("a {\n  b: 1\n", ["1:1 expected `}` for the `a` that is opened here, found the end"]),
    ("a: 1 }\nb: 2", ["1:6 expected a field's name, found `}`"]),
    ("a: \"x\nb: 1", ["1:4 expected a value of `a`, found a string that its line's end cuts off"]),
    ("a: 09", ["1:4 expected a value of `a`, found no octal number, which one that begins with 0 is"]),
    ("a: 1x", ["1:4 expected a value of `a`, found no number"]),
    ("a: \"\\q\"", ["1:4 expected a value of `a`, found a string with an escape that there is not"]),
    ("a: [1 2]", ["1:7 expected `,` or `]` in the list `a`, found 2"]),
    ("a { b: 1 >", ["1:1 expected `}` for the `a` that is opened here, found `>`"]),
    ("a: é", ["1:4 expected a value of `a`, found a character that has no meaning here"]),
    // All of them in one pass.
    (
      "layer {\n  name \"x\"\n  type: \"Y\"\n  sub = { a: 1 }\n  top: 'z'\n}\nb: -c\n",
      [
        "2:8 expected `:` or `{` behind `name`, found a string",
        "4:7 expected `:` or `{` behind `sub`, found a character that has no meaning here",
        "7:5 expected a value of `b`, found the word `c`",
      ]
    ),
  ]

  @Test(arguments: wrong) func `what is wrong is told with its place`(text: String, found: [String]) throws {
    let error = try #require(throws: Diagnostics.self) { try Self.parse(text) }
    let lines = error.all.map { finding -> String in
      guard case .text(let range) = finding.place else { return "no place" }
      return "\(range.startPosition.line):\(range.startPosition.column) \(finding.message)"
    }
    #expect(lines == found)
    #expect(error.all.allSatisfy { $0.code == .modelFile })
  }

  @Test func `messages inside each other have an end`() throws {
    let deep = { (count: Int) in String(repeating: "a {", count: count) + String(repeating: "}", count: count)
    }
    #expect(throws: Never.self) { try Self.parse(deep(TextParser.deepest)) }
    let error = try #require(throws: Diagnostics.self) { try Self.parse(deep(100_000)) }
    #expect(error.all[0].message == "expected at most 64 messages inside each other")
  }
}
