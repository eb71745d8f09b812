import CNNEmbedding
import Testing

struct Base64Tests {
  private func decode(_ text: String) -> [UInt8]? {
    Array(text.utf8).withUnsafeBufferPointer { Base64.decode($0) }
  }

  // RFC 4648, section 10.
  @Test(arguments: [
    ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
    ("foobar", "Zm9vYmFy"),
  ])
  func `the published values`(bytes: String, text: String) {
    #expect(Base64.encode(Array(bytes.utf8)) == text)
    #expect(decode(text) == Array(bytes.utf8))
  }

  @Test func `any number of any bytes, there and back`() {
    var state: UInt32 = 1
    for count in 0...200 {
      let bytes = (0..<count).map { _ in
        state = state &* 1_664_525 &+ 1_013_904_223
        return UInt8(state >> 24)
      }
      let text = Base64.encode(bytes)
      #expect(text.utf8.count == (count + 2) / 3 * 4)
      #expect(decode(text) == bytes)
    }
  }

  @Test func `every digit has its value`() {
    let digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    for (value, digit) in digits.enumerated() {
      // The last six bits of three bytes.
      #expect(decode("AAA\(digit)") == [0, 0, UInt8(value)])
      #expect(Base64.encode([0, 0, UInt8(value)]) == "AAA\(digit)")
    }
    for byte in UInt8.min...UInt8.max where !digits.utf8.contains(byte) && byte != UInt8(ascii: "=") {
      let text: [UInt8] = [65, 65, 65, byte]
      #expect(text.withUnsafeBufferPointer { Base64.decode($0) } == nil, "\(byte)")
    }
  }

  @Test(arguments: [
    "Z", "Zg", "Zg=", "Zm9", "Zm9vY", "=", "==", "===", "====", "Z===", "=Zm9", "Zg==Zm9v", "Zm=v",
    "Zm9v====",
    "Zm9v\n", "Zm 9v", "Zm-_", "Zh==", "Zm9=",
  ])
  func `what is no base 64 is nothing`(text: String) {
    #expect(decode(text) == nil)
  }

  @Test(arguments: 0...6) func `memory gets what it has room for`(room: Int) {
    var memory = [UInt8](repeating: 0, count: room + 1)
    memory.withUnsafeMutableBytes { memory in
      let target = UnsafeMutableRawBufferPointer(rebasing: memory[..<room])
      #expect(Base64.decode("Zm9vYmFy", into: target) == 6)
    }
    #expect(memory == Array(Array("foobar".utf8).prefix(room) + [0]))
  }
}
