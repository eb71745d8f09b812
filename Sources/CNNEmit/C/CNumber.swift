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

  /// A string literal of any text, in ASCII.
  static func string(_ text: String) -> String {
    var literal = "\""
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): literal += "\\" + String(UnicodeScalar(byte))
      // `??` begins a trigraph.
      case UInt8(ascii: "?"): literal += "\\?"
      case 32..<127: literal += String(UnicodeScalar(byte))
      default: literal += "\\" + String(Int(byte) | 0o1000, radix: 8).dropFirst()
      }
    }
    return literal + "\""
  }

  /// Text that stays in a comment.
  static func comment(_ text: String) -> String {
    String(text.map { $0.isNewline || $0 == "\\" ? " " : $0 })
  }
}
