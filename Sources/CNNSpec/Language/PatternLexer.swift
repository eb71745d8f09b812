/// A token of a pattern or of a value.
struct Token {
  enum Content: Hashable {
    case name(String)
    case integer(Int)
    case decimal(Double)
    /// `3x3`: two numbers or more.
    case size([Int])
    /// `1..3`
    case family(Int, Int)
    /// `@label`, with its indices
    case label(String, [Int])
    case symbol(Character)
    case end
  }

  var content: Content
  /// Offsets in the scalar's text.
  var start: Int
  var end: Int
}

/// Cuts a pattern into tokens. Ranges point into the source, through quotes and folded lines.
struct PatternLexer {
  let bytes: [UInt8]
  let offsets: [Int]
  let text: SourceText
  private var at = 0

  init(_ scalar: Scalar) {
    bytes = Array(scalar.text.utf8)
    offsets = scalar.sourceOffsets
    text = scalar.range.text
  }

  func range(_ start: Int, _ end: Int) -> SourceRange {
    let last = end > start ? max(offsets[end], offsets[end - 1] + 1) : offsets[start]
    return SourceRange(text: text, start: offsets[start], end: max(last, offsets[start]))
  }

  func range(of token: Token) -> SourceRange { range(token.start, token.end) }

  /// The next token.
  /// - Throws: a number too large, a character that no pattern has.
  mutating func next() throws(Diagnostics) -> Token {
    while at < bytes.count, Self.isBlank(bytes[at]) { at += 1 }
    guard at < bytes.count else { return Token(content: .end, start: at, end: at) }
    let byte = bytes[at]
    if Self.isDigit(byte) { return try number() }
    if Self.isLetter(byte) {
      let start = at
      return Token(content: .name(try name()), start: start, end: at)
    }
    if byte == UInt8(ascii: "@") { return try label() }
    let start = at
    guard "-,*?()[]:=+/".utf8.contains(byte) else {
      var end = at + 1
      while end < bytes.count, bytes[end] & 0xC0 == 0x80 { end += 1 }
      let character = String(decoding: bytes[at..<end], as: UTF8.self)
      let help =
        byte == UInt8(ascii: ".")
        ? ["a decimal starts with a digit: `0.5`", "only `@label.0` has a number behind its label"] : []
      throw Diagnostics(
        Diagnostic(
          .patternSyntax, "`\(character)` has no meaning in a pattern", at: range(at, end), help: help))
    }
    at += 1
    return Token(content: .symbol(Character(Unicode.Scalar(byte))), start: start, end: at)
  }

  private mutating func name() throws(Diagnostics) -> String {
    let start = at
    while at < bytes.count, Self.isLetter(bytes[at]) || Self.isDigit(bytes[at]) { at += 1 }
    guard at - start <= SpecLimits.nameLength else {
      throw Diagnostics(
        Diagnostic(
          .invalidName, "a name of \(at - start) characters is longer than \(SpecLimits.nameLength)",
          at: range(start, at)))
    }
    return String(decoding: bytes[start..<at], as: UTF8.self)
  }

  private mutating func label() throws(Diagnostics) -> Token {
    let start = at
    at += 1
    guard at < bytes.count, Self.isLetter(bytes[at]), bytes[at] != UInt8(ascii: "_") else {
      throw Diagnostics(
        Diagnostic(.patternSyntax, "a label's name should follow `@`", at: range(start, at)))
    }
    let name = try name()
    var indices: [Int] = []
    while at + 1 < bytes.count, bytes[at] == UInt8(ascii: "."), Self.isDigit(bytes[at + 1]) {
      at += 1
      indices.append(try integer())
    }
    return Token(content: .label(name, indices), start: start, end: at)
  }

  private mutating func number() throws(Diagnostics) -> Token {
    let start = at
    let digits = digitsEnd(at)
    if digits < bytes.count, bytes[digits] == UInt8(ascii: "."), digits + 1 < bytes.count {
      if bytes[digits + 1] == UInt8(ascii: "."), digits + 2 < bytes.count, Self.isDigit(bytes[digits + 2]) {
        let first = try integer()
        at += 2
        return Token(content: .family(first, try integer()), start: start, end: at)
      }
      if Self.isDigit(bytes[digits + 1]) { return try decimal(from: start) }
    }
    if isExponent(digits) { return try decimal(from: start) }
    var numbers = [try integer()]
    while at + 1 < bytes.count, bytes[at] == UInt8(ascii: "x"), Self.isDigit(bytes[at + 1]) {
      at += 1
      numbers.append(try integer())
    }
    if at < bytes.count, Self.isLetter(bytes[at]) {
      let wrong = at
      _ = try name()
      throw Diagnostics(
        Diagnostic(
          .patternSyntax, "`\(String(decoding: bytes[start..<at], as: UTF8.self))` is no number",
          at: range(start, at),
          help: bytes[wrong] == UInt8(ascii: "x") ? ["a size is two numbers: `3x5`"] : []))
    }
    let content: Token.Content = numbers.count == 1 ? .integer(numbers[0]) : .size(numbers)
    return Token(content: content, start: start, end: at)
  }

  private mutating func decimal(from start: Int) throws(Diagnostics) -> Token {
    at = digitsEnd(at)
    if at < bytes.count, bytes[at] == UInt8(ascii: ".") { at = digitsEnd(at + 1) }
    if isExponent(at) {
      at += 1
      if bytes[at] == UInt8(ascii: "+") || bytes[at] == UInt8(ascii: "-") { at += 1 }
      at = digitsEnd(at)
    }
    let text = String(decoding: bytes[start..<at], as: UTF8.self)
    guard let value = Double(text), value.isFinite else {
      throw Diagnostics(Diagnostic(.invalidValue, "`\(text)` is too large", at: range(start, at)))
    }
    return Token(content: .decimal(value), start: start, end: at)
  }

  private mutating func integer() throws(Diagnostics) -> Int {
    let start = at
    at = digitsEnd(at)
    let text = String(decoding: bytes[start..<at], as: UTF8.self)
    guard let value = Int(text) else {
      throw Diagnostics(
        Diagnostic(.invalidValue, "`\(text)` is larger than 2^63 - 1", at: range(start, at)))
    }
    return value
  }

  private func digitsEnd(_ start: Int) -> Int {
    var end = start
    while end < bytes.count, Self.isDigit(bytes[end]) { end += 1 }
    return end
  }

  private func isExponent(_ index: Int) -> Bool {
    guard index < bytes.count, bytes[index] | 0x20 == UInt8(ascii: "e") else { return false }
    var next = index + 1
    if next < bytes.count, bytes[next] == UInt8(ascii: "+") || bytes[next] == UInt8(ascii: "-") { next += 1 }
    return next < bytes.count && Self.isDigit(bytes[next])
  }

  private static func isBlank(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D
  }
  private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
  private static func isLetter(_ byte: UInt8) -> Bool {
    (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == UInt8(ascii: "_")
  }
}
