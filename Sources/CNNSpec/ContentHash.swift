/// A fingerprint of bytes: 64-bit FNV-1a, the same on every machine. It tells accidents apart, not attacks.
///
/// Fowler, Noll, Vo; draft-eastlake-fnv.
package struct ContentHash: Hashable, Sendable, CustomStringConvertible {
  private var state: UInt64 = 0xCBF2_9CE4_8422_2325

  package init() {}

  package init(_ text: String) { add(text) }

  package mutating func add(_ text: String) {
    var text = text
    text.withUTF8 { add(UnsafeRawBufferPointer($0)) }
  }

  package mutating func add(_ bytes: UnsafeRawBufferPointer) {
    var state = state
    for byte in bytes { state = (state ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
    self.state = state
  }

  package mutating func add(_ bytes: [UInt8]) { bytes.withUnsafeBytes { add($0) } }

  package mutating func add(_ values: [Float]) { values.withUnsafeBytes { add($0) } }

  /// The number itself.
  package var value: UInt64 { state }

  /// 16 hexadecimal digits.
  package var description: String {
    let digits = String(state, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
