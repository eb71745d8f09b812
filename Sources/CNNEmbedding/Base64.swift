/// RFC 4648, section 4.
package enum Base64 {
  package static func decode(_ text: StaticString) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: text.utf8CodeUnitCount / 4 * 3 + 3) { buffer, count in
      count = decode(text, into: UnsafeMutableRawBufferPointer(buffer))
    }
  }

  /// Decodes into memory that is there.
  /// - Returns: how many bytes the text stands for; those that the memory has no room for are left out.
  package static func decode(_ text: StaticString, into target: UnsafeMutableRawBufferPointer) -> Int {
    text.withUTF8Buffer { digits in
      values.withUnsafeBufferPointer { values in decode(digits, values, into: target) }
    }
  }

  private static func decode(
    _ digits: UnsafeBufferPointer<UInt8>, _ values: UnsafeBufferPointer<UInt8>,
    into target: UnsafeMutableRawBufferPointer
  ) -> Int {
    var position = 0
    var bytes = 0
    var bits: UInt32 = 0
    var count = 0
    while position < digits.count {
      // Almost all of a text are four digits that stand for three bytes.
      if count == 0, position + 4 <= digits.count, bytes + 3 <= target.count {
        let (a, b) = (values[Int(digits[position])], values[Int(digits[position + 1])])
        let (c, d) = (values[Int(digits[position + 2])], values[Int(digits[position + 3])])
        if a | b | c | d < 64 {
          target[bytes] = a << 2 | b >> 4
          target[bytes + 1] = b << 4 | c >> 2
          target[bytes + 2] = c << 6 | d
          position += 4
          bytes += 3
          continue
        }
      }
      let value = values[Int(digits[position])]
      position += 1
      guard value < 64 else { continue }
      bits = bits << 6 | UInt32(value)
      count += 6
      if count >= 8 {
        count -= 8
        if bytes < target.count { target[bytes] = UInt8(truncatingIfNeeded: bits >> UInt32(count)) }
        bytes += 1
      }
    }
    return bytes
  }

  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  /// What each byte stands for; 255 for line ends, the padding and all else.
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
