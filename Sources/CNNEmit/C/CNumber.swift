/// Numbers and texts as C writes them.
enum CNumber {
  /// A double, in the fewest digits that are read back as the same.
  static func real(_ value: Double) -> String {
    if value.isNaN { return "NAN" }
    if value.isInfinite { return value < 0 ? "-INFINITY" : "INFINITY" }
    return value.description
  }

  /// The same of a float.
  static func single(_ value: Float) -> String {
    if value.isNaN { return "NAN" }
    if value.isInfinite { return value < 0 ? "-INFINITY" : "INFINITY" }
    if value == 0 && value.sign == .plus { return "0" }
    return value.description + "f"
  }

  /// Many floats, eight a line.
  static func lines(_ values: [Float]) -> String {
    stride(from: 0, to: values.count, by: 8).map { start in
      values[start..<min(start + 8, values.count)].map { single($0) + "," }.joined(separator: " ")
    }.joined(separator: "\n")
  }

  /// A list between two texts, on as many lines of 120 columns as it takes.
  static func wrapped(_ start: String, _ items: [String], _ end: String) -> [String] {
    var lines = [start]
    for (index, item) in items.enumerated() {
      let text = item + (index + 1 < items.count ? "," : end)
      if lines[lines.count - 1].count + text.count > 118 { lines.append("       ") }
      lines[lines.count - 1] += (lines[lines.count - 1] == start ? "" : " ") + text
    }
    return items.isEmpty ? [start + end] : lines
  }

  /// Bytes of a string literal that every compiler of C99 has to take, and some warn beyond.
  static let mostLiteralBytes = 4095

  /// A string literal of any text, in ASCII.
  static func string(_ text: String) -> String {
    "\"" + text.utf8.map { escaped($0, quote: "\"") }.joined() + "\""
  }

  /// The elements of an array that is what a string literal of any length would be, sixteen a line.
  static func characters(_ text: String) -> String {
    let items = text.utf8.map { "'\(escaped($0, quote: "'"))'," } + ["0"]
    return stride(from: 0, to: items.count, by: 16).map { start in
      items[start..<min(start + 16, items.count)].joined(separator: " ")
    }.joined(separator: "\n")
  }

  /// A byte between quotation marks.
  private static func escaped(_ byte: UInt8, quote: Character) -> String {
    let character = Character(UnicodeScalar(byte))
    return switch byte {
    // `??` begins a trigraph.
    case UInt8(ascii: "\\"), UInt8(ascii: "?"), quote.asciiValue: "\\\(character)"
    case 32..<127: "\(character)"
    default: "\\" + String(Int(byte) | 0o1000, radix: 8).dropFirst()
    }
  }

  /// Text that stays in a comment.
  static func comment(_ text: String) -> String {
    String(text.map { $0.isNewline || $0 == "\\" ? " " : $0 })
  }
}
