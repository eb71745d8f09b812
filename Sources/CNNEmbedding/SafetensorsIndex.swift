/// What a safetensors file's header lists: tensors, and where they lie.
package struct SafetensorsIndex: Sendable {
  package struct Entry: Sendable {
    package var name: String
    package var elementType: String
    package var dimensions: [Int]
    /// Bytes from the start of the data; nothing says yet that the data has as many.
    package var begin: Int
    /// Not before `begin`.
    package var end: Int
  }

  /// What the format allows, in bytes.
  package static let largestHeader = 100_000_000
  /// Ten times what the largest network has.
  static let mostTensors = 500_000
  /// The only element type that networks read.
  package static let float32 = "F32"
  /// Tensors that PyTorch counts batches in; nothing needs them.
  package static let ignoredSuffix = ".num_batches_tracked"

  /// In the header's order.
  package private(set) var entries: [Entry] = []
  /// `__metadata__`.
  package private(set) var metadata: [String: String] = [:]

  /// - Parameter header: the file's bytes behind the header's length, as many as that says.
  package init(_ header: [UInt8]) throws(HeaderReader.Failure) {
    var reader = HeaderReader(header)
    var names = Set<String>()
    var metadata: [String: String] = [:]
    var entries: [Entry] = []
    try reader.object { (reader, key) throws(HeaderReader.Failure) in
      if !names.insert(key).inserted {
        throw reader.failure("each name once, found \(key.debugDescription) again")
      }
      if key == "__metadata__" {
        try reader.object { (reader, key) throws(HeaderReader.Failure) in metadata[key] = try reader.string()
        }
      } else {
        if entries.count == Self.mostTensors { throw reader.failure("at most \(Self.mostTensors) tensors") }
        entries.append(try Self.entry(key, &reader))
      }
    }
    try reader.end()
    self.entries = entries
    self.metadata = metadata
  }

  private static func entry(
    _ name: String, _ reader: inout HeaderReader
  ) throws(HeaderReader.Failure) -> Entry {
    var elementType: String?
    var dimensions: [Int]?
    var offsets: [Int]?
    try reader.object { (reader, key) throws(HeaderReader.Failure) in
      switch key {
      case "dtype" where elementType == nil: elementType = try reader.string()
      case "shape" where dimensions == nil: dimensions = try reader.integers(atMost: 16)
      case "data_offsets" where offsets == nil: offsets = try reader.integers(atMost: 2)
      default: throw reader.failure("dtype, shape and data_offsets once, found \(key.debugDescription)")
      }
    }
    guard let elementType, let dimensions, let offsets, offsets.count == 2, offsets[0] <= offsets[1] else {
      throw reader.failure("dtype, shape and two ascending data_offsets of \(name.debugDescription)")
    }
    return Entry(
      name: name, elementType: elementType, dimensions: dimensions, begin: offsets[0], end: offsets[1])
  }
}

extension SafetensorsIndex {
  /// The beginning of a file of float32 tensors that lie behind one another: the header with its length in front, padded
  /// with blanks to a multiple of eight bytes.
  /// - Parameter metadata: texts for `__metadata__`, in this order.
  package static func header(
    of tensors: [(name: String, dimensions: [Int])], metadata: [(key: String, value: String)] = []
  ) -> [UInt8] {
    var members: [String] = []
    if !metadata.isEmpty {
      let texts = metadata.map { "\(quoted($0.key)):\(quoted($0.value))" }
      members.append("\"__metadata__\":{\(texts.joined(separator: ","))}")
    }
    var offset = 0
    for tensor in tensors {
      let end = offset + tensor.dimensions.reduce(1, *) * MemoryLayout<Float>.size
      let shape = tensor.dimensions.map(String.init).joined(separator: ",")
      members.append(
        "\(quoted(tensor.name)):{\"dtype\":\"\(float32)\",\"shape\":[\(shape)],\"data_offsets\":[\(offset),\(end)]}"
      )
      offset = end
    }
    var text = Array("{\(members.joined(separator: ","))}".utf8)
    while text.count % 8 != 0 { text.append(UInt8(ascii: " ")) }
    let length = (0..<8).map { UInt8(truncatingIfNeeded: text.count >> (8 * $0)) }
    return length + text
  }

  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\":
        result += "\\"
        result.unicodeScalars.append(scalar)
      case "\u{0}"..<" ":
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
