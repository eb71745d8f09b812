import CNNCaffe
import CNNImport
import CNNSpec
import CNNTestSupport
import Testing

/// Networks as tests write them.
enum SmallNets {
  static let input = "input: \"data\" input_shape { dim: 1 dim: 3 dim: 8 dim: 8 }\n"

  /// A layer from a value to one of its own name.
  static func layer(_ type: String, _ name: String, _ bottoms: [String], _ parameters: String = "") -> String
  {
    let lines = bottoms.map { "  bottom: \"\($0)\"\n" }.joined()
    return
      "layer {\n  name: \"\(name)\"\n  type: \"\(type)\"\n\(lines)  top: \"\(name)\"\n  \(parameters)\n}\n"
  }

  static func network(_ text: String, _ model: CaffeModel? = nil) throws -> ImportedNetwork {
    try ImportedNetwork(caffe: SourceText(name: "small.prototxt", text), model: model)
  }

  /// The lines of the spec that a network becomes, from its steps on.
  static func steps(_ text: String, _ model: CaffeModel? = nil) throws -> [String] {
    let lines = try network(text, model).spec.split(separator: "\n").map(String.init)
    return lines.drop { $0 != "network:" }.dropFirst().filter { !$0.hasPrefix("preprocess:") }.map {
      $0.hasPrefix("  - ") ? String($0.dropFirst(4)) : $0
    }
  }

  /// What is said of a network that cannot be imported, each finding as `line:column [code] message`.
  static func findings(_ text: String, _ model: CaffeModel? = nil) throws -> [String] {
    let error = try #require(throws: Diagnostics.self) { try network(text, model) }
    return error.all.map { finding in
      let place =
        switch finding.place {
        case .text(let range): "\(range.startPosition.line):\(range.startPosition.column)"
        case .file(let path): path
        case .none: "nowhere"
        }
      return "\(place) [\(finding.code.rawValue)] \(finding.message)"
    }
  }

  // MARK: Weights

  static func varint(_ value: Int) -> [UInt8] {
    var (rest, bytes) = (UInt64(bitPattern: Int64(value)), [UInt8]())
    while rest > 0x7F {
      bytes.append(UInt8(rest & 0x7F) | 0x80)
      rest >>= 7
    }
    return bytes + [UInt8(rest)]
  }

  static func field(_ number: Int, _ value: Int) -> [UInt8] { varint(number << 3) + varint(value) }

  static func field(_ number: Int, _ bytes: [UInt8]) -> [UInt8] {
    varint(number << 3 | 2) + varint(bytes.count) + bytes
  }

  static func bytes<Number: BitwiseCopyable>(_ numbers: [Number]) -> [UInt8] {
    numbers.withUnsafeBytes { Array($0) }
  }

  /// How a file has a blob's numbers and sizes.
  enum Form: CaseIterable { case packed, parts, unpacked, legacy, doubles, raw, rawHalf }

  static func blob(_ dimensions: [Int], _ values: [Float], _ form: Form = .packed) -> [UInt8] {
    let shape = field(7, field(1, dimensions.flatMap(varint)))
    switch form {
    case .packed: return shape + field(5, bytes(values))
    case .parts: return shape + values.flatMap { field(5, bytes([$0])) }
    case .unpacked: return shape + values.flatMap { varint(5 << 3 | 5) + bytes([$0]) }
    case .legacy:
      let sides = [Int](repeating: 1, count: 4 - dimensions.count) + dimensions
      return sides.enumerated().flatMap { field($0.offset + 1, $0.element) } + field(5, bytes(values))
    case .doubles: return shape + field(8, bytes(values.map(Double.init)))
    case .raw: return shape + field(10, 1) + field(12, bytes(values))
    case .rawHalf: return shape + field(10, 2) + field(12, bytes(values.map(half)))
    }
  }

  /// The bits of a number that 16 of them hold.
  private static func half(_ value: Float) -> UInt16 {
    if value == 0 { return 0 }
    let bits = value.bitPattern
    return UInt16(bits >> 16 & 0x8000) | UInt16(Int(bits >> 23 & 0xFF) - 112) << 10
      | UInt16(bits >> 13 & 0x3FF)
  }

  /// A caffemodel of layers with their blobs.
  static func model(
    _ layers: [(name: String, blobs: [[UInt8]])], isOld: Bool = false
  ) throws -> CaffeModel {
    try CaffeModel(bytes: modelBytes(layers, isOld: isOld), name: "small.caffemodel")
  }

  static func modelBytes(_ layers: [(name: String, blobs: [[UInt8]])], isOld: Bool = false) -> [UInt8] {
    field(1, Array("small".utf8))
      + layers.flatMap { layer in
        field(
          isOld ? 2 : 100,
          field(isOld ? 4 : 1, Array(layer.name.utf8)) + layer.blobs.flatMap { field(isOld ? 6 : 7, $0) })
      }
  }

  /// Numbers that 16 bits hold, too.
  static func numbers(_ count: Int) -> [Float] { (0..<count).map { Float($0 * 37 % 101 - 50) / 64 } }
}
