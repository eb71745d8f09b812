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
    return values.withUnsafeBufferPointer { values in
      var position = 0
      var bytes = 0
      // Groups of four digits, which stand for three bytes, as long as there is room.
      while position + 4 <= digits.count - padding, bytes + 3 <= target.count {
        let (a, b) = (values[Int(digits[position])], values[Int(digits[position + 1])])
        let (c, d) = (values[Int(digits[position + 2])], values[Int(digits[position + 3])])
        guard a | b | c | d < 64 else { return nil }
        target[bytes] = a << 2 | b >> 4
        target[bytes + 1] = b << 4 | c >> 2
        target[bytes + 2] = c << 6 | d
        position += 4
        bytes += 3
      }
      var bits: UInt32 = 0
      var count = 0
      for index in position..<digits.count - padding {
        let value = values[Int(digits[index])]
        guard value < 64 else { return nil }
        bits = bits << 6 | UInt32(value)
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
  }

  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  /// What each byte stands for; 255 for those that stand for nothing.
  private static let values: [UInt8] = {
    var values = [UInt8](repeating: 255, count: 256)
    for (value, digit) in alphabet.enumerated() { values[Int(digit)] = UInt8(value) }
    return values
  }()

  package static func encode(_ bytes: [UInt8]) -> String {
    var text: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let group = bytes[start..<min(start + 3, bytes.count)]
      let bits = group.reduce(UInt32(0)) { $0 << 8 | UInt32($1) } << UInt32(8 * (3 - group.count))
      for index in 0..<4 {
        text.append(
          index <= group.count ? alphabet[Int(bits >> UInt32(18 - 6 * index)) & 63] : UInt8(ascii: "="))
      }
    }
    return String(decoding: text, as: UTF8.self)
  }
}
