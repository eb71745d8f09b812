/// Writes a message in the protocol buffers' wire format. The same calls give the same bytes.
package struct ProtobufWriter {
  package private(set) var bytes: [UInt8] = []

  package init() {}

  package mutating func integer(_ field: Int, _ value: Int) {
    tag(field, .varint)
    varint(UInt64(bitPattern: Int64(value)))
  }

  package mutating func float(_ field: Int, _ value: Float) {
    tag(field, .fixed32)
    fixed(value)
  }

  package mutating func string(_ field: Int, _ text: String) { delimited(field, Array(text.utf8)) }

  /// A string that is left out if there is none.
  package mutating func optionalString(_ field: Int, _ text: String) {
    if !text.isEmpty { string(field, text) }
  }

  package mutating func delimited(_ field: Int, _ content: [UInt8]) {
    beginDelimited(field, count: content.count)
    bytes += content
  }

  /// Begins a field whose bytes somebody else writes behind these.
  package mutating func beginDelimited(_ field: Int, count: Int) {
    tag(field, .delimited)
    varint(UInt64(count))
  }

  package mutating func message(_ field: Int, _ write: (inout ProtobufWriter) -> Void) {
    var inner = ProtobufWriter()
    write(&inner)
    delimited(field, inner.bytes)
  }

  package mutating func packedIntegers(_ field: Int, _ values: [Int]) {
    var inner = ProtobufWriter()
    for value in values { inner.varint(UInt64(bitPattern: Int64(value))) }
    delimited(field, inner.bytes)
  }

  package mutating func packedFloats(_ field: Int, _ values: [Float]) {
    var inner = ProtobufWriter()
    for value in values { inner.fixed(value) }
    delimited(field, inner.bytes)
  }

  package mutating func varint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  private mutating func tag(_ field: Int, _ type: ProtobufReader.WireType) {
    precondition(field >= 1 && field < 1 << 29, "no field has the number \(field)")
    varint(UInt64(field << 3 | type.rawValue))
  }

  private mutating func fixed(_ value: Float) {
    for shift in stride(from: UInt32(0), to: 32, by: 8) {
      bytes.append(UInt8(truncatingIfNeeded: value.bitPattern >> shift))
    }
  }
}
