import CNNSpec

/// Cuts the protocol buffers' text format into words, numbers, strings and signs.
///
/// <https://protobuf.dev/reference/protobuf/textformat-spec/>
struct TextLexer {
  struct Token {
    enum Kind: Hashable {
      case word(String)
      case integer(Int)
      case real(Double)
      case string([UInt8])
      case sign(UInt8)
      /// What is wrong with it.
      case bad(String)
      case end
    }

    var kind: Kind
    /// The bytes of the text that it is.
    var range: Range<Int>
  }

  let text: SourceText
  private var at: Int
  private var bytes: [UInt8] { text.bytes }

  init(_ text: SourceText) {
    self.text = text
    at = text.bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
  }

  mutating func next() -> Token {
    skipSpace()
    guard at < bytes.count else { return Token(kind: .end, range: at..<at) }
    let start = at
    let kind: Token.Kind
    switch bytes[at] {
    case UInt8(ascii: "\""), UInt8(ascii: "'"): kind = string()
    case let byte where Self.isLetter(byte):
      take(while: Self.isWordByte)
      kind = .word(slice(start))
    case let byte where Self.isDigit(byte): kind = number()
    case UInt8(ascii: ".") where at + 1 < bytes.count && Self.isDigit(bytes[at + 1]): kind = number()
    case let byte where Self.signs.contains(byte):
      at += 1
      kind = .sign(byte)
    default:
      // All bytes of one character.
      at += 1
      take { $0 & 0xC0 == 0x80 }
      kind = .bad("a character that has no meaning here")
    }
    return Token(kind: kind, range: start..<at)
  }

  // MARK: Characters

  private static let signs = Set("{}<>[]:;,-".utf8)

  private static func isDigit(_ byte: UInt8) -> Bool { UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte }

  private static func isLetter(_ byte: UInt8) -> Bool {
    let lower = byte | 0x20
    return UInt8(ascii: "a")...UInt8(ascii: "z") ~= lower || byte == UInt8(ascii: "_")
  }

  private static func isWordByte(_ byte: UInt8) -> Bool { isLetter(byte) || isDigit(byte) }

  private func slice(_ start: Int) -> String { String(decoding: bytes[start..<at], as: UTF8.self) }

  private mutating func take(while condition: (UInt8) -> Bool) {
    while at < bytes.count, condition(bytes[at]) { at += 1 }
  }

  private static func isLineEnd(_ byte: UInt8) -> Bool { byte == 0x0A || byte == 0x0D }

  /// White space and comments, `#` to the line's end.
  private mutating func skipSpace() {
    while at < bytes.count {
      switch bytes[at] {
      case 0x09...0x0D, 0x20: at += 1
      case UInt8(ascii: "#"): take { !Self.isLineEnd($0) }
      default: return
      }
    }
  }

  // MARK: Numbers

  /// Decimal, hexadecimal (`0x1F`) and octal (`017`) integers; `0.5`, `.5`, `1.`, `1e-3`, `1f`.
  private mutating func number() -> Token.Kind {
    let start = at
    let isHexadecimal =
      bytes[start] == UInt8(ascii: "0") && at + 1 < bytes.count && bytes[at + 1] | 0x20 == 0x78
    while at < bytes.count {
      let isExponent = !isHexadecimal && bytes[at - (at > start ? 1 : 0)] | 0x20 == UInt8(ascii: "e")
      let isSign = bytes[at] == UInt8(ascii: "-") || bytes[at] == UInt8(ascii: "+")
      guard Self.isWordByte(bytes[at]) || bytes[at] == UInt8(ascii: ".") || (isSign && isExponent) else {
        break
      }
      at += 1
    }
    let text = slice(start)
    if isHexadecimal { return Self.integer(text.dropFirst(2), radix: 16) }
    if text.utf8.allSatisfy(Self.isDigit) {
      let isOctal = text.count > 1 && text.hasPrefix("0")
      return Self.integer(text[...], radix: isOctal ? 8 : 10)
    }
    let digits = text.last == "f" || text.last == "F" ? text.dropLast() : text[...]
    let isDecimal = digits.utf8.allSatisfy { Self.isDigit($0) || "eE.+-".utf8.contains($0) }
    guard isDecimal, let value = Double(digits) else { return .bad("no number") }
    return .real(value)
  }

  private static func integer(_ digits: Substring, radix: Int) -> Token.Kind {
    if let value = Int(digits, radix: radix) { return .integer(value) }
    let digit = { (character: Character) in character.hexDigitValue.map { $0 < radix } ?? false }
    guard !digits.isEmpty, digits.allSatisfy(digit) else {
      return .bad(radix == 8 ? "no octal number, which one that begins with 0 is" : "no number")
    }
    // Past 64 bits.
    let inexact = digits.reduce(0) { $0 * Double(radix) + Double($1.hexDigitValue ?? 0) }
    return .real(radix == 10 ? Double(digits) ?? inexact : inexact)
  }

  // MARK: Strings

  /// Between either kind of quotes, on one line.
  private mutating func string() -> Token.Kind {
    let quote = bytes[at]
    at += 1
    var content: [UInt8] = []
    var wrong: String?
    while at < bytes.count, !Self.isLineEnd(bytes[at]) {
      let byte = bytes[at]
      at += 1
      if byte == quote { return wrong.map { .bad($0) } ?? .string(content) }
      if byte != UInt8(ascii: "\\") {
        content.append(byte)
      } else if let found = escape() {
        content += found
      } else {
        wrong = "a string with an escape that there is not"
      }
    }
    return .bad("a string that its line's end cuts off")
  }

  private static let escapes: [UInt8: UInt8] = [
    UInt8(ascii: "a"): 7, UInt8(ascii: "b"): 8, UInt8(ascii: "f"): 12, UInt8(ascii: "n"): 10,
    UInt8(ascii: "r"): 13, UInt8(ascii: "t"): 9, UInt8(ascii: "v"): 11, UInt8(ascii: "\\"): 92,
    UInt8(ascii: "'"): 39, UInt8(ascii: "\""): 34, UInt8(ascii: "?"): 63,
  ]

  /// What stands behind a backslash, as bytes: `\n`, `\101`, `\x41`, `\u00e9`.
  private mutating func escape() -> [UInt8]? {
    guard at < bytes.count else { return nil }
    let byte = bytes[at]
    if let plain = Self.escapes[byte] {
      at += 1
      return [plain]
    }
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "7"): return digits(atMost: 3, radix: 8).map { [UInt8($0 & 0xFF)] }
    case UInt8(ascii: "x"), UInt8(ascii: "X"):
      at += 1
      return digits(atMost: 2, radix: 16).map { [UInt8($0)] }
    case UInt8(ascii: "u"), UInt8(ascii: "U"):
      at += 1
      let scalar = digits(atMost: byte == UInt8(ascii: "u") ? 4 : 8, radix: 16).flatMap(Unicode.Scalar.init)
      return scalar.map { Array(String($0).utf8) }
    default: return nil
    }
  }

  private mutating func digits(atMost count: Int, radix: Int) -> UInt32? {
    let start = at
    while at < bytes.count, at < start + count,
      Character(Unicode.Scalar(bytes[at])).hexDigitValue ?? 16 < radix
    {
      at += 1
    }
    return UInt32(slice(start), radix: radix)
  }
}
