import CNNSpec

/// Reads the protocol buffers' text format; what is wrong with it is told all at once.
package struct TextParser {
  /// Messages inside each other that a text may have.
  package static let deepest = 64

  private var lexer: TextLexer
  private var token: TextLexer.Token
  private var findings = DiagnosticCollector()

  private init(_ text: SourceText) {
    lexer = TextLexer(text)
    token = lexer.next()
  }

  /// - Throws: `model-file`.
  package static func message(_ text: SourceText) throws(Diagnostics) -> TextMessage {
    var parser = TextParser(text)
    var fields: [TextField] = []
    while parser.token.kind != .end {
      fields += parser.fields(depth: 0)
      guard parser.token.kind != .end else { break }
      parser.complain(
        "expected a field's name, found \(parser.found)", "there is no message open that it closes")
      parser.advance()
    }
    guard !parser.findings.hasErrors else { throw Diagnostics(parser.findings.findings) }
    return TextMessage(fields: fields, range: SourceRange(text: text, start: 0, end: text.bytes.count))
  }

  // MARK: Tokens

  private mutating func advance() { token = lexer.next() }

  private func range(_ bytes: Range<Int>) -> SourceRange {
    SourceRange(text: lexer.text, start: bytes.lowerBound, end: bytes.upperBound)
  }

  private func isSign(_ character: Character) -> Bool {
    if case .sign(let byte) = token.kind { byte == character.asciiValue } else { false }
  }

  private mutating func accept(_ character: Character) -> Bool {
    guard isSign(character) else { return false }
    advance()
    return true
  }

  private var found: String {
    switch token.kind {
    case .word(let word): "the word `\(word)`"
    case .integer(let value): "\(value)"
    case .real(let value): "\(value)"
    case .string: "a string"
    case .sign(let byte): "`\(Character(Unicode.Scalar(byte)))`"
    case .bad(let what): what
    case .end: "the end"
    }
  }

  private mutating func complain(_ message: String, _ help: String? = nil) {
    findings.report(
      Diagnostic(.modelFile, message, at: range(token.range), help: help.map { [$0] } ?? []))
  }

  /// Goes on behind something wrong: to what begins a later line, with what was opened on the way closed.
  private mutating func recover() {
    let line = lexer.text.lineNumber(of: token.range.lowerBound)
    var open = 0
    while token.kind != .end {
      if isSign("{") || isSign("<") { open += 1 }
      if isSign("}") || isSign(">") {
        if open == 0 { return }
        open -= 1
      } else if open == 0, case .word = token.kind,
        lexer.text.lineNumber(of: token.range.lowerBound) > line
      {
        return
      }
      advance()
    }
  }

  // MARK: Fields

  /// The fields up to a closing bracket or the text's end.
  private mutating func fields(depth: Int) -> [TextField] {
    var fields: [TextField] = []
    while token.kind != .end, !isSign("}"), !isSign(">") {
      guard case .word(let name) = token.kind else {
        complain("expected a field's name, found \(found)")
        // What stands at a line's start would be met again.
        advance()
        recover()
        continue
      }
      let place = range(token.range)
      advance()
      guard values(of: name, place, depth: depth, &fields) else {
        recover()
        continue
      }
      if !accept(",") { _ = accept(";") }
    }
    return fields
  }

  /// What follows a field's name; false where that is wrong, which has been reported.
  private mutating func values(
    of name: String, _ place: SourceRange, depth: Int, _ fields: inout [TextField]
  ) -> Bool {
    let hasColon = accept(":")
    guard hasColon || isSign("{") || isSign("<") else {
      complain("expected `:` or `{` behind `\(name)`, found \(found)", "write `\(name): VALUE`")
      return false
    }
    guard accept("[") else { return value(of: name, place, depth: depth, &fields) }
    if accept("]") { return true }
    repeat {
      guard value(of: name, place, depth: depth, &fields) else { return false }
    } while accept(",")
    guard isSign("]") else {
      complain("expected `,` or `]` in the list `\(name)`, found \(found)")
      return false
    }
    advance()
    return true
  }

  /// One value; false where there is none, which has been reported.
  private mutating func value(
    of name: String, _ place: SourceRange, depth: Int, _ fields: inout [TextField]
  ) -> Bool {
    let first = token.range
    let value: TextValue?
    var last = first
    if isSign("{") || isSign("<") {
      guard let message = message(name, place, depth: depth) else { return false }
      last = message.range.start..<message.range.end
      value = .message(message)
    } else {
      value = scalar(&last)
    }
    guard let value else {
      complain("expected a value of `\(name)`, found \(found)")
      return false
    }
    fields.append(
      TextField(name: name, nameRange: place, value: value, range: range(first.lowerBound..<last.upperBound)))
    return true
  }

  private mutating func message(_ name: String, _ place: SourceRange, depth: Int) -> TextMessage? {
    guard depth < Self.deepest else {
      complain("expected at most \(Self.deepest) messages inside each other")
      return nil
    }
    let opening = token.range
    let close: Character = isSign("{") ? "}" : ">"
    advance()
    let fields = fields(depth: depth + 1)
    let range = range(opening.lowerBound..<token.range.upperBound)
    guard isSign(close) else {
      findings.report(
        Diagnostic(
          .modelFile, "expected `\(close)` for the `\(name)` that is opened here, found \(found)", at: place))
      if token.kind != .end { advance() }
      return nil
    }
    advance()
    return TextMessage(fields: fields, range: range)
  }

  /// A number, word or string; nil where there is none.
  private mutating func scalar(_ last: inout Range<Int>) -> TextValue? {
    let isNegative = accept("-")
    last = token.range
    switch token.kind {
    case .integer(let value):
      advance()
      return .integer(isNegative ? -value : value)
    case .real(let value):
      advance()
      return .real(isNegative ? -value : value)
    case .word(let word):
      let special = Self.words[word.lowercased()]
      if special == nil, isNegative { return nil }
      advance()
      return special.map { .real(isNegative ? -$0 : $0) } ?? .word(word)
    case .string where !isNegative:
      var content: [UInt8] = []
      while case .string(let part) = token.kind {
        content += part
        last = token.range
        advance()
      }
      return .string(String(decoding: content, as: UTF8.self))
    default: return nil
    }
  }

  private static let words: [String: Double] = [
    "inf": .infinity, "infinity": .infinity, "inff": .infinity, "nan": .nan, "nanf": .nan,
  ]
}
