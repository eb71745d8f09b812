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
    let whole = (digits.count - padding) / 4 * 4
    let bytes = digits.count / 4 * 3 - padding
    return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 256) { values -> Int? in
      fill(values)
      var all: UInt8 = 0
      func value(_ place: Int) -> UInt32 {
        let value = values[Int(digits[place])]
        all |= value
        return UInt32(value)
      }
      // An app's start waits for this: a group at a time, and one question at the end whether all were digits.
      var next = 0
      for place in stride(from: 0, to: whole, by: 4) {
        let bits = value(place) << 18 | value(place + 1) << 12 | value(place + 2) << 6 | value(place + 3)
        for shift: UInt32 in [16, 8, 0] {
          if next < target.count { target[next] = UInt8(truncatingIfNeeded: bits >> shift) }
          next += 1
        }
      }
      var bits: UInt32 = 0
      for place in whole..<digits.count {
        bits = bits << 6 | (place < digits.count - padding ? value(place) : 0)
      }
      for shift: UInt32 in [16, 8] where next < bytes {
        if next < target.count { target[next] = UInt8(truncatingIfNeeded: bits >> shift) }
        next += 1
      }
      // What the last digit has more than the last byte is nothing.
      let rest = bits & (1 << UInt32(8 * padding) - 1)
      return all < 64 && rest == 0 ? bytes : nil
    }
  }

  /// What each byte is as a digit; 255 for what is none.
  private static func fill(_ values: UnsafeMutableBufferPointer<UInt8>) {
    values.initialize(repeating: 255)
    for (value, digit) in alphabet.enumerated() { values[Int(digit)] = UInt8(value) }
  }

  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

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
