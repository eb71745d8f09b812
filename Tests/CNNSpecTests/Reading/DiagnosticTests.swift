import CNNSpec
import Testing

struct DiagnosticTests {
  static func rendered(_ text: String, _ start: Int, _ end: Int, columns: Int = 100) -> String {
    let range = SourceRange(text: SourceText(name: "f", text), start: start, end: end)
    return Diagnostic(.wrongType, "m", at: range, help: ["h"]).rendered(columns: columns)
  }

  @Test func `a line, carets and help`() {
    #expect(Self.rendered("ab\ncdé f\n", 4, 7) == "f:2:2: error[wrong-type]: m\n  cdé f\n   ^^\n  help: h")
    #expect(Self.rendered("a", 1, 1) == "f:1:2: error[wrong-type]: m\n  a\n   ^\n  help: h", "the end")
    #expect(
      Self.rendered("ab\ncd", 1, 5) == "f:1:2: error[wrong-type]: m\n  ab\n   ^\n  help: h", "two lines")
    #expect(Self.rendered("", 0, 0) == "f:1:1: error[wrong-type]: m\n  help: h")
    #expect(Self.rendered("a\tb", 2, 3) == "f:1:3: error[wrong-type]: m\n  a b\n    ^\n  help: h")
  }

  @Test(arguments: [1, 5, 10, 40, 100], [0, 50, 79, 80, 150, 199, 200])
  func `a long line is cut round the place`(columns: Int, at: Int) {
    let line = String(repeating: "x", count: at) + "Y" + String(repeating: "z", count: 300)
    let lines = Self.rendered(line, at, at + 1, columns: columns).split(separator: "\n")
    let column = lines[2].count - 1
    #expect(Array(lines[1])[column] == "Y")
    #expect(lines[1].count <= columns + 8)
  }

  @Test func `notes never push out an error, and what is said twice is said once`() {
    var diagnostics = DiagnosticCollector()
    for index in 0..<150 {
      diagnostics.report(Diagnostic(.unreadBorder, "\(index)", at: .none, severity: .note))
    }
    #expect(!diagnostics.hasErrors)
    for _ in 0..<2 { diagnostics.report(Diagnostic(.overflow, "e", at: .none)) }
    #expect(diagnostics.hasErrors && diagnostics.all.count == 101 && diagnostics.dropped == 50)
  }

  @Test(
    arguments: [
      (100, 100, nil), (101, 0, "... and 1 more error"), (123, 100, "... and 23 more errors"),
      (0, 102, "... and 2 more warnings and notes"), (103, 107, "... and 10 more, 3 of them errors"),
    ] as [(Int, Int, String?)]) func `what is not kept is counted`(errors: Int, notes: Int, says: String?)
  {
    var diagnostics = DiagnosticCollector()
    for index in 0..<notes {
      diagnostics.report(Diagnostic(.unreadBorder, "\(index)", at: .none, severity: .note))
    }
    for index in 0..<errors { diagnostics.report(Diagnostic(.overflow, "\(index)", at: .none)) }
    #expect(diagnostics.findings.count == diagnostics.all.count + (says == nil ? 0 : 1))
    let last = diagnostics.findings.last
    #expect((last?.code == .moreFindings ? last?.message : nil) == says)
    #expect(last?.code != .moreFindings || last?.severity == .note)
  }

  @Test func `long messages are cut`() {
    #expect(Diagnostic(.overflow, String(repeating: "x", count: 9999), at: .none).message.count == 603)
  }
}
