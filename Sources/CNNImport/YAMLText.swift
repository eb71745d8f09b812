/// Text as YAML has it.
enum YAMLText {
  /// A scalar of a flow list: as it is where that is safe, otherwise in quotes.
  static func flowScalar(_ text: String) -> String {
    let isPlain =
      text.first.map { $0.isASCII && ($0.isLetter || $0.isNumber) } ?? false && text.last != " "
      && text.utf8.count < 1000
      && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || " _-./()+".contains($0)) }
    return isPlain ? text : quoted(text)
  }

  /// In double quotes, with all that is not printable escaped.
  static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case " "..<"\u{7F}", "\u{A0}"..<"\u{2028}", "\u{2030}"..<"\u{D7FF}", "\u{E000}"..<"\u{FEFF}":
        result.unicodeScalars.append(scalar)
      default:
        let digits = String(scalar.value, radix: 16, uppercase: true)
        result += "\\U" + String(repeating: "0", count: 8 - digits.count) + digits
      }
    }
    return result + "\""
  }
}
