import Testing

@testable import CNNEmbedding

/// Weights that were saved, read by an app: nothing in the file is trusted.
struct EmbeddedTensorTests {
  private static let tensors = [
    EmbeddedTensor("fc1.weight", [2, 3], at: 64), EmbeddedTensor("fc1.bias", [2], at: 0),
  ]

  /// A file with a header and 32 bytes of data, 0 to 7 as floats.
  private static func file(_ header: String, data: [Float] = (0..<8).map { Float($0) }) -> [UInt8] {
    let length = (0..<8).map { UInt8(truncatingIfNeeded: header.utf8.count >> (8 * $0)) }
    return length + Array(header.utf8)
      + data.flatMap { withUnsafeBytes(of: $0.bitPattern.littleEndian, Array.init) }
  }

  private static func entry(
    _ name: String, _ shape: String, _ range: String, type: String = "F32"
  ) -> String {
    "\"\(name)\":{\"dtype\":\"\(type)\",\"shape\":[\(shape)],\"data_offsets\":[\(range)]}"
  }

  private static let weight = entry("fc1.weight", "2,3", "0,24")
  private static let bias = entry("fc1.bias", "2", "24,32")

  /// The 32 floats of the memory that a file is read into.
  private func read(_ file: [UInt8]) throws(EmbeddingError) -> [Float] {
    let memory = try AlignedMemory(bytes: 128)
    try Self.tensors.copy(file, to: Address(pointer: memory.pointer))
    return Array(UnsafeBufferPointer(start: memory.pointer.assumingMemoryBound(to: Float.self), count: 32))
  }

  @Test func `tensors are found by their names and put where they lie`() throws {
    let zeros = { (count: Int) in [Float](repeating: 0, count: count) }
    let expected = [6, 7] + zeros(14) + (0..<6).map { Float($0) } + zeros(10)
    for members in [[Self.weight, Self.bias], [Self.bias, Self.weight]] {
      #expect(try read(Self.file("{\(members.joined(separator: ","))}")) == expected)
    }
    let counter = Self.entry("bn1.num_batches_tracked", "", "0,8", type: "I64")
    let other = "\"__metadata__\":{\"format\":\"pt\"}"
    #expect(try read(Self.file("{\(other),\(counter),\(Self.weight),\(Self.bias)}")) == expected)
  }

  @Test func `what is written is read`() throws {
    let memory = try AlignedMemory(bytes: 128)
    let address = Address(pointer: memory.pointer)
    memory.write((0..<32).map { Float($0) * 0.1 - 1 }, at: 0)
    let read = try read(Self.tensors.safetensors(from: address))
    let written = Array(
      UnsafeBufferPointer(start: memory.pointer.assumingMemoryBound(to: Float.self), count: 32))
    #expect(read[..<2] == written[..<2] && read[16..<22] == written[16..<22])
  }

  @Test(arguments: [
    (weight, "expected fc1.bias F32 [2], found no tensor of this name"),
    (
      "\(weight),\(entry("fc1.bias", "1,2", "24,32"))", "expected fc1.bias F32 [2], found F32 [1, 2]"
    ),
    ("\(weight),\(entry("fc1.bias", "2", "24,28", type: "F16"))", "expected fc1.bias F32 [2], found F16 [2]"),
    ("\(weight),\(entry("fc1.bias", "2", "24,28"))", "expected 8 bytes of fc1.bias, found 4"),
    ("\(weight),\(entry("fc1.bias", "2", "28,36"))", "expected 36 bytes of tensors, found 32"),
    (
      "\(weight),\(bias),\(entry("fc2.bias", "2", "0,8"))",
      "expected no tensor fc2.bias, which the network has not"
    ),
    ("\(weight),\(weight)", "expected each name once, found \"fc1.weight\" again at byte 87"),
  ])
  func `another network's tensors are refused`(members: String, reason: String) {
    #expect(throws: EmbeddingError.safetensors(reason: reason)) { try read(Self.file("{\(members)}")) }
  }

  @Test func `a file that is cut anywhere is refused`() {
    let file = Self.file("{\(Self.weight),\(Self.bias)}")
    for count in file.indices {
      #expect(throws: EmbeddingError.self, "\(count) bytes") { try read(Array(file[..<count])) }
    }
  }

  @Test func `no changed byte leads outside the file`() throws {
    let file = Self.file("{\(Self.weight),\(Self.bias)}")
    let right = try read(file)
    var refused = 0
    for index in file.indices where index < file.count - 32 {
      for bit in 0..<8 {
        var changed = file
        changed[index] ^= 1 << bit
        do throws(EmbeddingError) {
          // What is read all the same says the same in other words.
          #expect(try read(changed) == right, "byte \(index), bit \(bit)")
        } catch {
          refused += 1
        }
      }
    }
    #expect(refused > 1000)
  }
}
