import CNNEmbedding
import CNNGraph
import CNNImport
import CNNProtobuf
import CNNSpec

/// Makes constants of a model's tensors: sizes are checked against the bytes that there are, external data is looked for.
struct TensorReading {
  /// Where external data may lie; nil for nowhere.
  var folder: String?

  /// Why a tensor cannot be read; its name is added by who asked.
  struct Failure: Error {
    var reason: String
  }

  func constant(_ tensor: TensorProto) throws(Failure) -> Constant {
    guard let type = tensor.elementType else {
      throw Failure(reason: "has elements of the unknown type \(tensor.elementTypeNumber)")
    }
    guard Constant.isSound(tensor.dimensions),
      let count = CheckedInteger.product(tensor.dimensions).value,
      let bytes = (CheckedInteger(count) * type.byteCount).value
    else { throw Failure(reason: "has the dimensions \(tensor.dimensions), which no memory holds") }
    let content = try content(of: tensor, bytes: bytes)
    let elements: Constant.Elements =
      switch type {
      case .float: .floats(try floats(content, count))
      case .int64, .int32, .bool, .uint8, .int8: .integers(try integers(content, type, count))
      case .float16: .floats(try floats(content, count, .half))
      case .bfloat16: .floats(try floats(content, count, .brain))
      case .double: .floats(try floats(content, count, .double))
      }
    return Constant(tensor.dimensions, elements)
  }

  /// The content, with what lies in another file brought in.
  private func content(of tensor: TensorProto, bytes: Int) throws(Failure) -> TensorProto.Content {
    guard case .external(let entries) = tensor.content else { return tensor.content }
    return .raw(try ExternalData(entries, folder: folder).slice(bytes: bytes))
  }

  private func floats(_ content: TensorProto.Content, _ count: Int) throws(Failure) -> FloatSource {
    switch content {
    case .none where count == 0: return .values([])
    case .raw(let slice):
      try check(slice.count, of: count, size: 4)
      return .stored([slice])
    case .floats(let parts):
      try check(parts.reduce(0) { $0 + $1.count }, of: count, size: 4)
      return .stored(parts)
    case .none, .doubles, .integers, .other, .external: throw wrongField(count)
    }
  }

  /// Numbers that become 32-bit floats.
  private func floats(
    _ content: TensorProto.Content, _ count: Int, _ format: FloatFormat
  ) throws(Failure) -> FloatSource {
    switch content {
    case .none where count == 0: return .values([])
    case .raw(let slice):
      try check(slice.count, of: count, size: format.byteCount)
      return .encoded(slice, format)
    case .doubles(let parts) where format == .double:
      try check(parts.reduce(0) { $0 + $1.count }, of: count, size: 8)
      return .values(parts.flatMap { format.floats($0) })
    case .integers(let parts) where format != .double:
      // The bits of each as an integer.
      var bytes: [UInt8] = []
      for bits in try numbers(parts) {
        bytes += [UInt8(truncatingIfNeeded: bits), UInt8(truncatingIfNeeded: bits >> 8)]
      }
      try check(bytes.count, of: count, size: 2)
      return .encoded(ByteSlice(bytes), format)
    case .none, .floats, .doubles, .integers, .other, .external: throw wrongField(count)
    }
  }

  private func numbers(_ parts: [ByteSlice]) throws(Failure) -> [Int] {
    var values: [Int] = []
    for part in parts {
      do throws(ProtobufReader.Failure) {
        values += try part.varints()
      } catch {
        throw Failure(reason: "is damaged: \(error.reason) at byte \(error.offset)")
      }
    }
    return values
  }

  private func integers(
    _ content: TensorProto.Content, _ type: TensorProto.ElementType, _ count: Int
  ) throws(Failure) -> [Int] {
    guard count <= Constant.mostIntegers else {
      throw Failure(reason: "has \(count) integers, more than \(Constant.mostIntegers)")
    }
    switch content {
    case .none where count == 0: return []
    case .raw(let slice):
      try check(slice.count, of: count, size: type.byteCount)
      return switch type {
      case .int64: slice.elements(as: Int64.self).map { Int($0) }
      case .int32: slice.elements(as: Int32.self).map { Int($0) }
      case .int8: slice.elements(as: Int8.self).map { Int($0) }
      default: slice.array.map { Int($0) }
      }
    case .integers(let parts):
      let values = try numbers(parts)
      try check(values.count, of: count, size: 1, noun: "numbers")
      return values
    case .none, .floats, .doubles, .other, .external: throw wrongField(count)
    }
  }

  private func wrongField(_ count: Int) -> Failure {
    Failure(reason: "has \(count) elements, but none are there of its type")
  }

  private func check(_ found: Int, of count: Int, size: Int, noun: String = "bytes") throws(Failure) {
    guard found != count * size else { return }
    throw Failure(reason: "has \(count) elements, but \(found) \(noun)")
  }
}

/// Numbers of a tensor in a file beside the model: `location`, `offset`, `length`. A model may come from anywhere, so the
/// file must lie in the model's folder or below, symbolic links followed.
struct ExternalData {
  private let location: String
  private let offset: Int
  private let length: Int?
  private let folder: String?

  typealias Failure = TensorReading.Failure

  init(_ entries: [StringStringEntry], folder: String?) throws(Failure) {
    func value(_ key: String) -> String? { entries.last { $0.key == key }?.value }
    func number(_ key: String) throws(Failure) -> Int? {
      guard let text = value(key) else { return nil }
      guard let number = Int(text), number >= 0 else {
        throw Failure(reason: "has external data whose `\(key)` is no number from 0: \(text)")
      }
      return number
    }
    guard let location = value("location"), !location.isEmpty else {
      throw Failure(reason: "has external data without a location")
    }
    self.location = location
    offset = try number("offset") ?? 0
    length = try number("length")
    self.folder = folder
  }

  /// The bytes of a tensor.
  /// - Parameter bytes: how many its dimensions say.
  func slice(bytes: Int) throws(Failure) -> ByteSlice {
    if let length, length != bytes {
      throw Failure(reason: "takes \(bytes) bytes, but its external data has \(length)")
    }
    let file: MappedFile
    let path = try path()
    do throws(MappedFile.Failure) {
      file = try MappedFile(path)
    } catch {
      throw Failure(reason: "has its data in `\(location)`: \(error.reason)")
    }
    guard let end = (CheckedInteger(offset) + bytes).value, end <= file.count else {
      throw Failure(
        reason: "takes \(bytes) bytes from byte \(offset) of `\(location)`, which has \(file.count)")
    }
    return ByteSlice(file).slice(offset..<end)
  }

  private func path() throws(Failure) -> String {
    guard let folder else {
      throw Failure(reason: "has its data in `\(location)`, but the model has no folder")
    }
    let parts = location.split(separator: "/", omittingEmptySubsequences: false)
    guard !location.hasPrefix("/"), !parts.contains(".."), !location.utf8.contains(0) else {
      throw outside
    }
    let path = FileSystem.path(folder, location)
    // What is not there is told by who opens it.
    guard let real = FileSystem.realPath(path) else { return path }
    guard let home = FileSystem.realPath(folder), real.hasPrefix(home == "/" ? "/" : home + "/") else {
      throw outside
    }
    return real
  }

  private var outside: Failure {
    Failure(reason: "has its data in `\(location)`, which is not in the model's folder")
  }
}
