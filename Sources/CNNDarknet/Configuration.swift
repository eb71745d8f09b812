import CNNSpec

/// A `.cfg` file as Darknet reads it: sections of options, in which blanks mean nothing anywhere.
package struct Configuration: Sendable {
  /// `filters=64`
  struct Option: Sendable {
    var name: String
    /// Without any blanks.
    var value: String
    var range: SourceRange
  }

  /// `[convolutional]` and the options below it.
  struct Section: Sendable {
    /// Without brackets and blanks.
    var name: String
    var range: SourceRange
    var options: [Option] = []
  }

  let text: SourceText
  private(set) var sections: [Section] = []

  /// - Throws: `model-file` with every line that is neither a section, an option nor a comment.
  package init(_ text: SourceText) throws(Diagnostics) {
    self.text = text
    var findings = DiagnosticCollector()
    for number in 1...text.lineNumber(of: text.bytes.count) { read(line: number, &findings) }
    if findings.hasErrors { throw Diagnostics(findings.findings) }
  }

  private static func isBlank(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t")
  }

  private static func isComment(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "#") || byte == UInt8(ascii: ";")
  }

  /// A part of a line without the blanks at its ends.
  private func trimmed(_ part: Range<Int>) -> Range<Int> {
    let bytes = text.bytes[part]
    guard let first = bytes.firstIndex(where: { !Self.isBlank($0) }),
      let last = bytes.lastIndex(where: { !Self.isBlank($0) })
    else { return part.lowerBound..<part.lowerBound }
    return first..<last + 1
  }

  private func range(_ part: Range<Int>) -> SourceRange {
    SourceRange(text: text, start: part.lowerBound, end: part.upperBound)
  }

  private func word(_ part: Range<Int>) -> String {
    String(decoding: text.bytes[part].filter { !Self.isBlank($0) }, as: UTF8.self)
  }

  private mutating func read(line number: Int, _ findings: inout DiagnosticCollector) {
    let line = trimmed(text.lineBytes(number))
    guard let first = text.bytes[line].first, !Self.isComment(first) else { return }
    if first == UInt8(ascii: "[") { return readHeader(line, &findings) }
    guard let sign = text.bytes[line].firstIndex(of: UInt8(ascii: "=")), sign > line.lowerBound else {
      return findings.error(
        .modelFile, "expected a `[section]`, an option `key=value` or a comment", at: range(line),
        help: ["comments begin with `#` or `;`"])
    }
    let name = word(line.lowerBound..<sign)
    guard sign + 1 < line.upperBound else {
      return findings.error(
        .modelFile, "`\(name)` has no value", at: range(line),
        help: ["write one behind the `=`, or leave the line out"])
    }
    guard !sections.isEmpty else {
      return findings.error(
        .modelFile, "`\(name)` is in no section", at: range(line), help: ["a file begins with `[net]`"])
    }
    let value = trimmed(sign + 1..<line.upperBound)
    sections[sections.count - 1].options.append(Option(name: name, value: word(value), range: range(line)))
  }

  private mutating func readHeader(_ line: Range<Int>, _ findings: inout DiagnosticCollector) {
    guard let end = text.bytes[line].firstIndex(of: UInt8(ascii: "]")) else {
      return findings.error(
        .modelFile, "a section's name has no `]`", at: range(line), help: ["write `[name]`"])
    }
    let rest = trimmed(end + 1..<line.upperBound)
    if let next = text.bytes[rest].first, !Self.isComment(next) {
      return findings.error(
        .modelFile, "expected nothing behind a section's name", at: range(rest),
        help: ["an option is a line of its own"])
    }
    sections.append(
      Section(name: word(line.lowerBound + 1..<end), range: range(line.lowerBound..<end + 1)))
  }
}
