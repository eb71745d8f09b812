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
    var bytes = 0
    var bits: UInt32 = 0
    var count = 0
    text.withUTF8Buffer { digits in
      for digit in digits {
        guard let value = value(of: digit) else { continue }
        bits = bits << 6 | value
        count += 6
        if count >= 8 {
          count -= 8
          if bytes < target.count { target[bytes] = UInt8(truncatingIfNeeded: bits >> UInt32(count)) }
          bytes += 1
        }
      }
    }
    return bytes
  }

  private static func value(of digit: UInt8) -> UInt32? {
    switch digit {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(digit - UInt8(ascii: "A"))
    case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(digit - UInt8(ascii: "a")) + 26
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(digit - UInt8(ascii: "0")) + 52
    case UInt8(ascii: "+"): 62
    case UInt8(ascii: "/"): 63
    default: nil  // Line ends and the padding.
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
