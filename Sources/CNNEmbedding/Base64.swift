/// RFC 4648, section 4, in one line: digits in groups of four, `=` only behind the last of them.
package enum Base64 {
  /// The bytes that a text stands for; nil where it is no base 64.
  package static func decode(_ text: StaticString) -> [UInt8]? {
    text.withUTF8Buffer { decode($0) }
  }

  /// The bytes that digits stand for; nil where they are no base 64.
  package static func decode(_ digits: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
    var isRight = false
    let bytes = [UInt8](unsafeUninitializedCapacity: digits.count / 4 * 3) { buffer, count in
      let found = decode(digits, into: UnsafeMutableRawBufferPointer(buffer))
      (isRight, count) = (found != nil, found ?? 0)
    }
    return isRight ? bytes : nil
  }

  /// Decodes into memory that is there.
  /// - Returns: how many bytes the text stands for, of which those that the memory has no room for are left out; nil
  ///   where it is no base 64.
  package static func decode(_ text: StaticString, into target: UnsafeMutableRawBufferPointer) -> Int? {
    text.withUTF8Buffer { decode($0, into: target) }
  }

  private static func decode(
    _ digits: UnsafeBufferPointer<UInt8>, into target: UnsafeMutableRawBufferPointer
  ) -> Int? {
    guard digits.count % 4 == 0 else { return nil }
    let padding = digits.suffix(2).reversed().prefix { $0 == UInt8(ascii: "=") }.count
    var bytes = 0
    var bits: UInt32 = 0
    var count = 0
    for index in 0..<digits.count - padding {
      guard let value = value(of: digits[index]) else { return nil }
      bits = bits << 6 | value
      count += 6
      if count >= 8 {
        count -= 8
        if bytes < target.count { target[bytes] = UInt8(truncatingIfNeeded: bits >> UInt32(count)) }
        bytes += 1
      }
    }
    // What the last digit has more than the last byte is nothing.
    return bits & (1 << UInt32(count) - 1) == 0 ? bytes : nil
  }

  private static func value(of digit: UInt8) -> UInt32? {
    switch digit {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(digit - UInt8(ascii: "A"))
    case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(digit - UInt8(ascii: "a")) + 26
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(digit - UInt8(ascii: "0")) + 52
    case UInt8(ascii: "+"): 62
    case UInt8(ascii: "/"): 63
    default: nil
    }
  }

  package static func encode(_ bytes: [UInt8]) -> String {
    let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    var text: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let group = bytes[start..<min(start + 3, bytes.count)]
      let bits = group.reduce(UInt32(0)) { $0 << 8 | UInt32($1) } << UInt32(8 * (3 - group.count))
      for index in 0..<4 {
        text.append(
          index <= group.count ? digits[Int(bits >> UInt32(18 - 6 * index)) & 63] : UInt8(ascii: "="))
      }
    }
    return String(decoding: text, as: UTF8.self)
  }
}
