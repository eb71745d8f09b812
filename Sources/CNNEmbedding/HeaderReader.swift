/// Reads the little of JSON that a safetensors header is made of: objects of strings, of lists of integers, and
/// of such objects. It goes no deeper than its caller asks, so no input nests it.
package struct HeaderReader {
  package struct Failure: Error {
    package var expected: String
    package var offset: Int
  }

  private let bytes: [UInt8]
  private var offset = 0

  package init(_ bytes: [UInt8]) { self.bytes = bytes }

  package func failure(_ expected: String) -> Failure { Failure(expected: expected, offset: offset) }

  private mutating func skipSpace() {
    while offset < bytes.count, [0x20, 0x0A, 0x0D, 0x09].contains(bytes[offset]) { offset += 1 }
  }

  /// Takes a character, if it comes next.
  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    skipSpace()
    guard offset < bytes.count, bytes[offset] == UInt8(ascii: character) else { return false }
    offset += 1
    return true
  }

  private mutating func expect(_ character: Unicode.Scalar) throws(Failure) {
    if !take(character) { throw failure("'\(character)'") }
  }

  /// Nothing but white space may follow.
  package mutating func end() throws(Failure) {
    skipSpace()
    if offset < bytes.count { throw failure("the header's end") }
  }

  /// An object; `member` reads each value.
  package mutating func object(
    _ member: (inout HeaderReader, String) throws(Failure) -> Void
  ) throws(Failure) {
    try expect("{")
    if take("}") { return }
    while true {
      let key = try string()
      try expect(":")
      try member(&self, key)
      if take("}") { return }
      try expect(",")
    }
  }

  /// A list of integers that are not negative.
  package mutating func integers(atMost limit: Int) throws(Failure) -> [Int] {
    var integers: [Int] = []
    try expect("[")
    if take("]") { return integers }
    while true {
      if integers.count == limit { throw failure("at most \(limit) integers") }
      integers.append(try integer())
      if take("]") { return integers }
      try expect(",")
    }
  }

  private mutating func integer() throws(Failure) -> Int {
    skipSpace()
    let start = offset
    var value = 0
    while offset < bytes.count, (0x30...0x39).contains(bytes[offset]) {
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, carry) = product.addingReportingOverflow(Int(bytes[offset] - 0x30))
      if overflow || carry { throw failure("an integer below 2^63") }
      value = sum
      offset += 1
    }
    if offset == start || (bytes[start] == 0x30 && offset > start + 1) {
      throw failure("an integer of 0 or more")
    }
    return value
  }

  /// A string with its escapes resolved.
  package mutating func string() throws(Failure) -> String {
    try expect("\"")
    var units: [UInt8] = []
    while true {
      guard offset < bytes.count else { throw failure("'\"'") }
      let byte = bytes[offset]
      offset += 1
      switch byte {
      case 0x22:
        guard let string = String(validating: units, as: UTF8.self) else { throw failure("UTF-8") }
        return string
      case 0x5C: units += Array(String(try escape()).utf8)
      case 0..<0x20: throw failure("no control characters in a string")
      default: units.append(byte)
      }
    }
  }

  private mutating func escape() throws(Failure) -> Unicode.Scalar {
    guard offset < bytes.count else { throw failure("an escape") }
    let byte = bytes[offset]
    offset += 1
    switch byte {
    case 0x22, 0x5C, 0x2F: return Unicode.Scalar(byte)
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"): return try unicodeEscape()
    default: throw failure("an escape that JSON knows")
    }
  }

  /// The digits behind `\u`; two of them where a scalar takes a pair of surrogates.
  private mutating func unicodeEscape() throws(Failure) -> Unicode.Scalar {
    var code = try fourDigits()
    if (0xD800..<0xDC00).contains(code), take("\\"), take("u") {
      let low = try fourDigits()
      guard (0xDC00..<0xE000).contains(low) else { throw failure("a pair of surrogates") }
      code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
    }
    guard let scalar = Unicode.Scalar(code) else { throw failure("a Unicode scalar") }
    return scalar
  }

  private mutating func fourDigits() throws(Failure) -> UInt32 {
    var code: UInt32 = 0
    for _ in 0..<4 {
      guard offset < bytes.count, let digit = Character(Unicode.Scalar(bytes[offset])).hexDigitValue else {
        throw failure("four hexadecimal digits")
      }
      code = code << 4 | UInt32(digit)
      offset += 1
    }
    return code
  }
}
