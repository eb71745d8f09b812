import CNNProtobuf

/// A tensor of an ONNX file: its numbers stay in the file until somebody asks for them.
///
/// Messages and field numbers are those of `onnx.proto`.
package struct TensorProto: Sendable {
  /// The types of elements that occur here; the numbers are the format's.
  package enum ElementType: Int, Sendable {
    case float = 1
    case uint8 = 2
    case int8 = 3
    case int32 = 6
    case int64 = 7
    case bool = 9
    case float16 = 10
    case double = 11
    case bfloat16 = 16

    /// Bytes of an element in `raw_data`.
    package var byteCount: Int {
      switch self {
      case .uint8, .int8, .bool: 1
      case .float16, .bfloat16: 2
      case .float, .int32: 4
      case .int64, .double: 8
      }
    }
  }

  /// Where the numbers are.
  package enum Content: Sendable {
    /// Nowhere, which is right for a tensor without elements only.
    case none
    /// Little-endian, one behind the other.
    case raw(ByteSlice)
    /// Floats of 4 bytes, in parts.
    case floats([ByteSlice])
    /// Floats of 8 bytes, in parts.
    case doubles([ByteSlice])
    /// Varints, in parts.
    case integers([ByteSlice])
    /// In a file beside the model: `location`, `offset`, `length`.
    case external([StringStringEntry])
    /// In a field for other types of elements.
    case other
  }

  package var name: String
  package var dimensions: [Int]
  /// The format's number, whether it is known or not.
  package var elementTypeNumber: Int
  package var content: Content

  package var elementType: ElementType? { ElementType(rawValue: elementTypeNumber) }

  package init(
    name: String = "", dimensions: [Int], elementType: ElementType, content: Content
  ) {
    self.name = name
    self.dimensions = dimensions
    elementTypeNumber = elementType.rawValue
    self.content = content
  }

  /// A float32 tensor in row-major order.
  package init(name: String = "", _ dimensions: [Int], floats: [Float]) {
    let bytes = floats.flatMap { value in
      (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> ($0 * 8)) }
    }
    self.init(name: name, dimensions: dimensions, elementType: .float, content: .raw(ByteSlice(bytes)))
  }

  /// An int64 tensor in row-major order.
  package init(name: String = "", _ dimensions: [Int], integers: [Int]) {
    let bytes = integers.flatMap { value in
      (0..<8).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
    }
    self.init(name: name, dimensions: dimensions, elementType: .int64, content: .raw(ByteSlice(bytes)))
  }

  package init(from reader: ProtobufReader) throws(ProtobufReader.Failure) {
    var reader = reader
    self.init(dimensions: [], elementType: .float, content: .none)
    elementTypeNumber = 0
    var parts: (floats: [ByteSlice], doubles: [ByteSlice], integers: [ByteSlice]) = ([], [], [])
    var raw: ByteSlice?
    var external: [StringStringEntry] = []
    var isExternal = false
    var hasOther = false
    while let field = try reader.next() {
      switch field.number {
      case 1: dimensions += try field.integers()
      case 2: elementTypeNumber = try field.integer()
      case 4: parts.floats.append(try field.packedFloats())
      case 5, 7: parts.integers.append(try field.packedIntegers())
      case 6, 11: hasOther = true
      case 8: name = try field.string()
      case 9: raw = try field.bytes()
      case 10: parts.doubles.append(try field.packedDoubles())
      case 13: external.append(try StringStringEntry(from: field.message()))
      case 14: isExternal = try field.integer() == 1
      default: break
      }
    }
    content =
      if isExternal {
        .external(external)
      } else if let raw {
        .raw(raw)
      } else if !parts.floats.isEmpty {
        .floats(parts.floats)
      } else if !parts.doubles.isEmpty {
        .doubles(parts.doubles)
      } else if !parts.integers.isEmpty {
        .integers(parts.integers)
      } else {
        hasOther ? .other : .none
      }
  }

  package func write(to writer: inout ProtobufWriter) {
    // As onnx.proto has it: dimensions one by one, data packed.
    for dimension in dimensions { writer.integer(1, dimension) }
    writer.integer(2, elementTypeNumber)
    switch content {
    case .none, .other, .raw, .external: break
    case .floats(let parts): for part in parts { writer.delimited(4, part.array) }
    case .doubles(let parts): for part in parts { writer.delimited(10, part.array) }
    case .integers(let parts):
      for part in parts { writer.delimited(elementType == .int64 ? 7 : 5, part.array) }
    }
    writer.optionalString(8, name)
    if case .raw(let bytes) = content { writer.delimited(9, bytes.array) }
    guard case .external(let entries) = content else { return }
    for entry in entries { writer.message(13, entry.write) }
    writer.integer(14, 1)
  }
}

/// A key and a value, both text.
package struct StringStringEntry: Hashable, Sendable {
  package var key: String
  package var value: String

  package init(_ key: String, _ value: String) {
    self.key = key
    self.value = value
  }

  package init(from reader: ProtobufReader) throws(ProtobufReader.Failure) {
    var reader = reader
    self.init("", "")
    while let field = try reader.next() {
      switch field.number {
      case 1: key = try field.string()
      case 2: value = try field.string()
      default: break
      }
    }
  }

  package func write(to writer: inout ProtobufWriter) {
    writer.string(1, key)
    writer.string(2, value)
  }
}
