/// Lines of Swift, indented as blocks are.
struct SwiftCode {
  private(set) var text = ""
  private var depth = 0

  mutating func line(_ line: String = "") {
    if !line.isEmpty { text += String(repeating: "  ", count: depth) + line }
    text += "\n"
  }

  /// A line, what `body` writes one level deeper, and a closing brace.
  /// - Parameter opens: whether the opening brace is added.
  mutating func block(_ line: String, opens: Bool = true, _ body: (inout SwiftCode) -> Void) {
    self.line(opens ? line + " {" : line)
    depth += 1
    body(&self)
    depth -= 1
    self.line("}")
  }

  /// A text as a literal of the language.
  static func literal(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": result += "\\\(scalar)"
      case _
      where scalar.properties.generalCategory == .control || scalar.value == 0x2028 || scalar.value == 0x2029:
        result += "\\u{\(String(scalar.value, radix: 16))}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }

  static func literal(_ number: Double) -> String {
    if number.isNaN { return ".nan" }
    if number.isInfinite { return number < 0 ? "-.infinity" : ".infinity" }
    return "\(number)"
  }

  static func literal(_ numbers: [Double]) -> String {
    "[\(numbers.map { literal($0) }.joined(separator: ", "))]"
  }
}
