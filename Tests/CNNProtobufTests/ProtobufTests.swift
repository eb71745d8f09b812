import CNNProtobuf
import Testing

struct ProtobufTests {
  /// The fields of a message, in words.
  static func fields(_ bytes: [UInt8]) -> Result<[String], ProtobufReader.Failure> {
    var reader = ProtobufReader(ByteSlice(bytes))
    var found: [String] = []
    do throws(ProtobufReader.Failure) {
      while let field = try reader.next() {
        found.append("\(field.number) \(field.type) \(field.content.array)")
      }
      return .success(found)
    } catch {
      return .failure(error)
    }
  }

  static let varints: [(value: UInt64, bytes: [UInt8])] = [
    (0, [0]), (1, [1]), (127, [127]), (128, [0x80, 1]), (150, [0x96, 1]), (300, [0xAC, 2]),
    (.max, [UInt8](repeating: 0xFF, count: 9) + [1]),
  ]

  @Test(arguments: varints) func `a varint as the format writes it`(value: UInt64, bytes: [UInt8]) throws {
    var writer = ProtobufWriter()
    writer.varint(value)
    #expect(writer.bytes == bytes)
    var reader = ProtobufReader(ByteSlice(bytes))
    #expect(try reader.varint() == value)
  }

  @Test func `each type of field, and those that nobody asks for`() throws {
    let bytes: [UInt8] =
      [8, 150, 1] + [0x12, 2, 0x68, 0x69] + [0x1D, 0, 0, 0x80, 0x3F] + [0x21, 1, 2, 3, 4, 5, 6, 7, 8]
      + [0xFA, 1, 0]
    #expect(
      try Self.fields(bytes).get() == [
        "1 varint [150, 1]", "2 delimited [104, 105]", "3 fixed32 [0, 0, 128, 63]",
        "4 fixed64 [1, 2, 3, 4, 5, 6, 7, 8]", "31 delimited []",
      ])
  }

  static let broken: [(bytes: [UInt8], offset: Int, says: String)] = [
    ([0x80], 0, "expected the rest of a number, found the end"),
    ([UInt8](repeating: 0xFF, count: 11), 0, "expected a number of 64 bits, found a larger one"),
    ([8] + [UInt8](repeating: 0xFF, count: 9) + [2], 1, "expected a number of 64 bits, found a larger one"),
    ([0, 1], 0, "expected a field's number from 1"),
    ([0x0B], 0, "expected a field, found a group, which nothing here has"),
    ([0x0C], 0, "expected a field, found a group, which nothing here has"),
    ([0x0E], 0, "expected a field's type"),
    ([0x0A, 5, 1], 1, "expected 5 bytes, found 1"),
    ([0x0A] + [UInt8](repeating: 0xFF, count: 9) + [1], 1, "expected 18446744073709551615 bytes, found 0"),
    ([0x09, 1, 2], 1, "expected 8 bytes, found 2"),
    ([0x0D, 1], 1, "expected 4 bytes, found 1"),
  ]

  @Test(arguments: broken) func `what is no message is told with its place`(
    bytes: [UInt8], offset: Int, says: String
  ) {
    #expect(Self.fields(bytes) == .failure(.init(offset: offset, reason: says)))
  }

  @Test func `repeated numbers are read packed and one by one`() throws {
    var packed = ProtobufWriter()
    packed.packedIntegers(1, [3, -1, .max, .min])
    packed.packedFloats(2, [1.5, -0.0, .infinity])
    var single = ProtobufWriter()
    for value in [3, -1, .max, .min] { single.integer(1, value) }
    for value: Float in [1.5, -0.0, .infinity] { single.float(2, value) }
    for bytes in [packed.bytes, single.bytes] {
      var reader = ProtobufReader(ByteSlice(bytes))
      var integers: [Int] = []
      var floats: [Float] = []
      while let field = try reader.next() {
        if field.number == 1 { integers += try field.integers() } else { floats += try field.floats() }
      }
      #expect(integers == [3, -1, .max, .min])
      #expect(floats.map(\.bitPattern) == [1.5, -0.0, Float.infinity].map(\.bitPattern))
    }
  }

  @Test func `a value of another type is refused`() throws {
    var writer = ProtobufWriter()
    writer.string(1, "abc")
    var reader = ProtobufReader(ByteSlice(writer.bytes))
    let field = try #require(try reader.next())
    #expect(
      throws: ProtobufReader.Failure(offset: 2, reason: "expected an integer as field 1, found a delimited")
    ) {
      try field.integer()
    }
    #expect(throws: ProtobufReader.Failure.self) { try field.float() }
    // Three bytes are no floats.
    #expect(throws: ProtobufReader.Failure.self) { try field.floats() }
  }

  @Test func `messages inside each other end at a limit`() throws {
    var bytes: [UInt8] = []
    for _ in 0...ProtobufReader.deepest {
      var writer = ProtobufWriter()
      writer.delimited(1, bytes)
      bytes = writer.bytes
    }
    var reader = ProtobufReader(ByteSlice(bytes))
    for _ in 0..<ProtobufReader.deepest {
      reader = try #require(try reader.next()).message()
    }
    let last = try #require(try reader.next())
    #expect(throws: ProtobufReader.Failure.self) { try last.message() }
  }
}
