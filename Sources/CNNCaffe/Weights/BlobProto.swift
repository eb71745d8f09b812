import CNNImport
import CNNProtobuf
import CNNSpec

/// A tensor of a caffemodel.
package struct BlobProto: Sendable {
  /// As the file says them, of either form: `shape`, or `num`, `channels`, `height` and `width`.
  package private(set) var dimensions: [Int] = []
  package private(set) var values = FloatSource.values([])
  /// The numbers that the file has.
  package private(set) var count = 0

  init(_ reader: ProtobufReader) throws(ProtobufReader.Failure) {
    var reader = reader
    var shape: [Int]?
    var legacy: [Int: Int] = [:]
    var floats = Floats()
    var raw: ByteSlice?
    var rawType = RawType.double.rawValue
    while let field = try reader.next() {
      switch field.number {
      case 1...4: legacy[field.number] = try field.integer()
      case 5: floats.append(try field.packedFloats())
      case 7: shape = try Self.shape(field.message())
      case 8: floats.append(FloatFormat.double.floats(try field.packedDoubles()))
      case 10: rawType = try field.integer()
      case 12: raw = try field.bytes()
      default: break
      }
    }
    dimensions = shape ?? (legacy.isEmpty ? [] : (1...4).map { legacy[$0] ?? 0 })
    if let raw { floats.append(try Self.raw(raw, rawType)) }
    (values, count) = (floats.source, floats.count)
  }

  /// The numbers of a blob, which a file has in one packed part, or in any number of them.
  private struct Floats {
    private var parts: [ByteSlice] = []
    private var others: [Float] = []

    var count: Int { parts.reduce(others.count) { $0 + $1.count / 4 } }
    var source: FloatSource { others.isEmpty ? .stored(parts) : .values(others) }

    mutating func append(_ part: ByteSlice) {
      // Numbers that are not packed stand alone, each with its tag: a slice for each would be ten times the file.
      if others.isEmpty, parts.count < 16 {
        parts.append(part)
      } else {
        append(part.elements(as: Float.self))
      }
    }

    mutating func append(_ numbers: [Float]) {
      others += parts.flatMap { $0.elements(as: Float.self) } + numbers
      parts = []
    }
  }

  private static func shape(_ reader: ProtobufReader) throws(ProtobufReader.Failure) -> [Int] {
    var reader = reader
    var dimensions: [Int] = []
    while let field = try reader.next() {
      if field.number == 1 { dimensions += try field.integers() }
    }
    return dimensions
  }

  // MARK: Numbers as they lie in memory, of NVIDIA's Caffe

  private enum RawType: Int { case double, float, half }

  private static func raw(_ bytes: ByteSlice, _ type: Int) throws(ProtobufReader.Failure) -> [Float] {
    let size =
      switch RawType(rawValue: type) {
      case .double: 8
      case .float: 4
      case .half: 2
      case nil: 0
      }
    guard size > 0, bytes.count % size == 0 else {
      throw .init(
        offset: bytes.range.lowerBound,
        reason: "expected raw doubles, floats or halves, found \(bytes.count) bytes of type \(type)")
    }
    switch size {
    case 8: return FloatFormat.double.floats(bytes)
    case 4: return bytes.elements(as: Float.self)
    default: return FloatFormat.half.floats(bytes)
    }
  }
}
