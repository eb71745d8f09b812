/// JSON (RFC 8259) into a ``DocumentValue``, with the same ranges as YAML's.
///
/// libyaml would refuse surrogate pairs and long keys, so JSON has a reader of its own.
struct JSONReader {
  private let text: SourceText
  private let bytes: [UInt8]
  private var at = 0
  private var values = 0

  static func read(_ text: SourceText) throws(Diagnostics) -> DocumentValue {
    var reader = JSONReader(text)
    reader.skipBlanks()
    let value = try reader.value(depth: 0)
    reader.skipBlanks()
    guard reader.at == reader.bytes.count else { throw reader.failure("something follows the value") }
    return value
  }

  private init(_ text: SourceText) {
    self.text = text
    bytes = text.bytes
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { at = 3 }
  }

  private func failure(_ message: String, help: [String] = []) -> Diagnostics {
    let end = min(at + 1, bytes.count)
    return Diagnostics(
      Diagnostic(.jsonSyntax, message, at: SourceRange(text: text, start: at, end: end), help: help))
  }

  private var peek: UInt8? { at < bytes.count ? bytes[at] : nil }

  private mutating func skipBlanks() {
    while let byte = peek, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D { at += 1 }
  }

  private mutating func value(depth: Int) throws(Diagnostics) -> DocumentValue {
    guard depth <= SpecLimits.nesting else {
      throw Diagnostics(
        Diagnostic(
          .nestingTooDeep, "nested more than \(SpecLimits.nesting) deep",
          at: SourceRange(text: text, start: at, end: min(at + 1, bytes.count)),
          help: ["give the inner part a name under `blocks`"]))
    }
    values += 1
    guard values <= SpecLimits.values else {
      throw Diagnostics(
        Diagnostic(
          .fileTooLarge, "a spec has at most \(SpecLimits.values) values",
          at: SourceRange(text: text, start: at, end: min(at + 1, bytes.count))))
    }
    switch peek {
    case UInt8(ascii: "{"): return try object(depth: depth)
    case UInt8(ascii: "["): return try array(depth: depth)
    case UInt8(ascii: "\""):
      let scalar = try string()
      return DocumentValue(.scalar(scalar), scalar.range)
    case nil: throw failure("the text ends where a value should be")
    default:
      let scalar = try word()
      return DocumentValue(.scalar(scalar), scalar.range)
    }
  }

  private mutating func object(depth: Int) throws(Diagnostics) -> DocumentValue {
    let start = at
    at += 1
    var entries: [DocumentEntry] = []
    skipBlanks()
    if peek != UInt8(ascii: "}") {
      while true {
        skipBlanks()
        guard peek == UInt8(ascii: "\"") else {
          throw failure(
            "a key in double quotes should be here",
            help: [
              "no comma stands before `}`",
              "a file that starts with `{` is JSON; YAML starts with a key: `input: 3x32x32`",
            ])
        }
        let key = try string()
        skipBlanks()
        guard peek == UInt8(ascii: ":") else { throw failure("`:` should be here") }
        at += 1
        skipBlanks()
        entries.append(DocumentEntry(key: key, value: try value(depth: depth + 1)))
        skipBlanks()
        if peek == UInt8(ascii: ",") { at += 1 } else { break }
      }
      guard peek == UInt8(ascii: "}") else { throw failure("`,` or `}` should be here") }
    }
    at += 1
    return DocumentValue(.mapping(entries), SourceRange(text: text, start: start, end: at))
  }

  private mutating func array(depth: Int) throws(Diagnostics) -> DocumentValue {
    let start = at
    at += 1
    var items: [DocumentValue] = []
    skipBlanks()
    if peek != UInt8(ascii: "]") {
      while true {
        skipBlanks()
        items.append(try value(depth: depth + 1))
        skipBlanks()
        if peek == UInt8(ascii: ",") { at += 1 } else { break }
      }
      guard peek == UInt8(ascii: "]") else { throw failure("`,` or `]` should be here") }
    }
    at += 1
    return DocumentValue(.sequence(items), SourceRange(text: text, start: start, end: at))
  }

  /// A number, `true`, `false` or `null`, as text; null as no text.
  private mutating func word() throws(Diagnostics) -> Scalar {
    let start = at
    while let byte = peek, isWordByte(byte) { at += 1 }
    let range = SourceRange(text: text, start: start, end: at)
    let word = String(decoding: bytes[start..<at], as: UTF8.self)
    let isNumber = word.first.map { $0 == "-" || $0.isNumber } ?? false
    guard isNumber || ["true", "false", "null"].contains(word) else {
      at = start
      throw failure("a value should be here", help: ["put text in double quotes"])
    }
    return Scalar(word == "null" ? "" : word, .plain, range)
  }

  private func isWordByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "."), UInt8(ascii: "+"), UInt8(ascii: "-"):
      true
    default: false
    }
  }

  private mutating func string() throws(Diagnostics) -> Scalar {
    let start = at
    at += 1
    var content: [UInt8] = []
    while true {
      guard let byte = peek else { throw failure("the text ends inside a string") }
      switch byte {
      case UInt8(ascii: "\""):
        at += 1
        let range = SourceRange(text: text, start: start, end: at)
        return Scalar(String(decoding: content, as: UTF8.self), .doubleQuoted, range)
      case UInt8(ascii: "\\"): try escape(into: &content)
      case 0..<0x20: throw failure("a control character stands in a string", help: ["write it as \\u00XX"])
      default:
        content.append(byte)
        at += 1
      }
    }
  }

  private mutating func escape(into content: inout [UInt8]) throws(Diagnostics) {
    guard at + 1 < bytes.count else { throw failure("the text ends inside a string") }
    let letter = bytes[at + 1]
    let plain: [UInt8: UInt8] = [
      UInt8(ascii: "\""): 0x22, UInt8(ascii: "\\"): 0x5C, UInt8(ascii: "/"): 0x2F, UInt8(ascii: "b"): 8,
      UInt8(ascii: "f"): 12, UInt8(ascii: "n"): 10, UInt8(ascii: "r"): 13, UInt8(ascii: "t"): 9,
    ]
    if let byte = plain[letter] {
      content.append(byte)
      at += 2
      return
    }
    guard letter == UInt8(ascii: "u"), var code = hexadecimal(at + 2) else {
      throw failure("this is no escape that JSON knows")
    }
    var length = 6
    if (0xD800..<0xDC00).contains(code), at + 7 < bytes.count, bytes[at + 6] == 0x5C,
      bytes[at + 7] == UInt8(ascii: "u"), let low = hexadecimal(at + 8), (0xDC00..<0xE000).contains(low)
    {
      code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
      length = 12
    }
    guard let scalar = Unicode.Scalar(code) else {
      throw failure("half of a surrogate pair stands alone")
    }
    content += Array(String(Character(scalar)).utf8)
    at += length
  }

  private func hexadecimal(_ start: Int) -> UInt32? {
    guard start + 4 <= bytes.count else { return nil }
    let digits = bytes[start..<start + 4]
    guard digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }) else { return nil }
    return UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
  }
}
