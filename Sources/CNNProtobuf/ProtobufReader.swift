/// Reads the fields of one message in the protocol buffers' wire format, one after the other. Nothing in the bytes is
/// trusted: lengths are checked, varints have at most ten bytes, groups are refused.
///
/// <https://protobuf.dev/programming-guides/encoding/>
package struct ProtobufReader {
  /// Why bytes are no message.
  package struct Failure: Error, Hashable {
    /// In the file.
    package var offset: Int
    /// What was expected, and what was found.
    package var reason: String

    package init(offset: Int, reason: String) {
      self.offset = offset
      self.reason = reason
    }
  }

  package enum WireType: Int, Sendable {
    case varint = 0
    case fixed64 = 1
    /// Bytes with their length in front: a string, a message, packed numbers.
    case delimited = 2
    case fixed32 = 5
  }

  /// Messages inside each other that a file may have.
  package static let deepest = 64

  private let bytes: ByteSlice
  private let depth: Int
  private var at = 0

  package init(_ bytes: ByteSlice) { self.init(bytes, depth: 0) }

  fileprivate init(_ bytes: ByteSlice, depth: Int) {
    self.bytes = bytes
    self.depth = depth
  }

  /// The next field, or nil at the message's end.
  package mutating func next() throws(Failure) -> ProtobufField? {
    guard at < bytes.count else { return nil }
    let start = at
    let tag = try varint()
    guard tag >> 3 >= 1, tag >> 3 < 1 << 29 else { throw failure("a field's number from 1", start) }
    guard let type = WireType(rawValue: Int(tag & 7)) else {
      let isGroup = tag & 7 == 3 || tag & 7 == 4
      throw failure(isGroup ? "a field, found a group, which nothing here has" : "a field's type", start)
    }
    let content: Range<Int>
    switch type {
    case .varint:
      let first = at
      _ = try varint()
      content = first..<at
    case .fixed64: content = try take(8)
    case .fixed32: content = try take(4)
    case .delimited:
      let lengthStart = at
      let length = try varint()
      guard length <= UInt64(bytes.count - at) else {
        throw failure("\(length) bytes, found \(bytes.count - at)", lengthStart)
      }
      content = try take(Int(length))
    }
    return ProtobufField(number: Int(tag >> 3), type: type, content: bytes.slice(content), depth: depth)
  }

  /// A number of at most 64 bits, seven of them a byte, the lowest first.
  package mutating func varint() throws(Failure) -> UInt64 {
    let start = at
    var value: UInt64 = 0
    for index in 0..<10 {
      guard at < bytes.count else { throw failure("the rest of a number, found the end", start) }
      let byte = bytes[at]
      at += 1
      if index == 9, byte > 1 { throw failure("a number of 64 bits, found a larger one", start) }
      value |= UInt64(byte & 0x7F) << (7 * index)
      if byte < 0x80 { return value }
    }
    throw failure("a number of 64 bits, found a larger one", start)
  }

  var isAtEnd: Bool { at == bytes.count }

  private mutating func take(_ count: Int) throws(Failure) -> Range<Int> {
    guard count <= bytes.count - at else {
      throw failure("\(count) bytes, found \(bytes.count - at)", at)
    }
    at += count
    return at - count..<at
  }

  private func failure(_ expected: String, _ place: Int) -> Failure {
    Failure(offset: bytes.range.lowerBound + place, reason: "expected \(expected)")
  }
}

/// A field of a message: its number, and its value as the reader of that message asks for it.
package struct ProtobufField {
  package let number: Int
  package let type: ProtobufReader.WireType
  /// The value's bytes, without a length.
  package let content: ByteSlice
  fileprivate let depth: Int

  package typealias Failure = ProtobufReader.Failure

  /// A signed integer, as `int32` and `int64` are written, or an enum.
  package func integer() throws(Failure) -> Int {
    try expect(.varint, "an integer")
    var reader = ProtobufReader(content)
    return Int(truncatingIfNeeded: try reader.varint())
  }

  package func float() throws(Failure) -> Float {
    try expect(.fixed32, "a float")
    return content.elements(as: Float.self)[0]
  }

  package func string() throws(Failure) -> String { try bytes("a string").text }

  package func bytes(_ expected: String = "bytes") throws(Failure) -> ByteSlice {
    try expect(.delimited, expected)
    return content
  }

  /// A message inside this one.
  package func message() throws(Failure) -> ProtobufReader {
    try expect(.delimited, "a message")
    guard depth < ProtobufReader.deepest else {
      throw failure("at most \(ProtobufReader.deepest) messages inside each other")
    }
    return ProtobufReader(content, depth: depth + 1)
  }

  /// The elements of a repeated integer that this field holds: one, or all of them packed.
  package func integers() throws(Failure) -> [Int] {
    if type == .varint { return [try integer()] }
    return try bytes("integers").varints()
  }

  /// The elements of a repeated float that this field holds.
  package func floats() throws(Failure) -> [Float] { try packedFloats().elements(as: Float.self) }

  /// The bytes of the elements of a repeated float.
  package func packedFloats() throws(Failure) -> ByteSlice {
    guard type == .fixed32 || type == .delimited else { throw failure("floats, found a \(type)") }
    guard content.count % 4 == 0 else { throw failure("floats of 4 bytes, found \(content.count) bytes") }
    return content
  }

  /// The bytes of the elements of a repeated double.
  package func packedDoubles() throws(Failure) -> ByteSlice {
    guard type == .fixed64 || type == .delimited else { throw failure("doubles, found a \(type)") }
    guard content.count % 8 == 0 else { throw failure("doubles of 8 bytes, found \(content.count) bytes") }
    return content
  }

  /// The bytes of the elements of a repeated integer.
  package func packedIntegers() throws(Failure) -> ByteSlice {
    guard type == .varint || type == .delimited else { throw failure("integers, found a \(type)") }
    return content
  }

  private func expect(_ expected: ProtobufReader.WireType, _ noun: String) throws(Failure) {
    guard type == expected else { throw failure("\(noun) as field \(number), found a \(type)") }
  }

  private func failure(_ expected: String) -> Failure {
    Failure(offset: content.range.lowerBound, reason: "expected \(expected)")
  }
}

extension ByteSlice {
  /// The signed integers that are written one behind the other as varints.
  package func varints() throws(ProtobufReader.Failure) -> [Int] {
    var reader = ProtobufReader(self)
    var numbers: [Int] = []
    while !reader.isAtEnd { numbers.append(Int(truncatingIfNeeded: try reader.varint())) }
    return numbers
  }
}
