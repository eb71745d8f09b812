import CNNSpec
import Testing

struct SourceTextTests {
  @Test(arguments: [
    ("a\nb", 2, 2, 1), ("a\r\nb", 3, 2, 1), ("a\rb", 2, 2, 1), ("é😀x", 6, 1, 3), ("\u{FEFF}ab", 4, 1, 2),
    ("\u{FEFF}", 0, 1, 1), ("a\n", 2, 2, 1), ("", 0, 1, 1), ("a\n\nb", 2, 2, 1), ("ab", 99, 1, 3),
  ])
  func `lines and columns`(text: String, offset: Int, line: Int, column: Int) {
    let position = SourceText(name: "t", text).position(of: offset)
    #expect(position.line == line && position.column == column)
    #expect(SourceText(name: "t", text).lineNumber(of: offset) == line)
  }

  @Test func `a line without its end`() {
    let text = SourceText(name: "t", "\u{FEFF}a\r\nbé\rc\n")
    #expect((1...4).map(text.line) == ["a", "bé", "c", ""])
  }
}
