import CNNPlan
import CNNSpec

/// Writes tensors as a safetensors file. The same tensors in the same order give the same bytes.
package enum SafetensorsWriter {
  /// Writes all of the file or leaves what was there.
  /// - Parameters:
  ///   - metadata: texts for `__metadata__`, in this order.
  /// - Throws: `output-file`.
  package static func write(
    _ tensors: [NamedTensor], metadata: [(key: String, value: String)] = [], to path: String
  ) throws(Diagnostics) {
    do throws(FileError) {
      try AtomicFile.write(to: path) { (sink) throws(FileError) in
        try write(
          tensors.map { .init(name: $0.name, dimensions: $0.dimensions) }, metadata: metadata, to: &sink
        ) { tensors[$0].values }
      }
    } catch {
      throw error.diagnostics
    }
  }

  /// Writes the bytes of a file to a sink, one tensor after the other, so that no two need be in memory.
  /// - Parameters:
  ///   - metadata: texts for `__metadata__`, in this order.
  ///   - values: the elements of the tensor with an index.
  package static func write(
    _ tensors: [ExecutionPlan.Parameter], metadata: [(key: String, value: String)] = [],
    to sink: inout FileSink, values: (Int) -> [Float]
  ) throws(FileError) {
    try sink.write(header(of: tensors, metadata: metadata))
    for (index, tensor) in tensors.enumerated() {
      let elements = values(index)
      precondition(elements.count == tensor.dimensions.reduce(1, *), "\(tensor.name): \(elements.count)")
      try sink.write(elements)
    }
  }

  /// The header with its length in front, padded with blanks to a multiple of eight bytes.
  static func header(
    of tensors: [ExecutionPlan.Parameter], metadata: [(key: String, value: String)]
  ) -> [UInt8] {
    var members: [String] = []
    if !metadata.isEmpty {
      let texts = metadata.map { "\(quoted($0.key)):\(quoted($0.value))" }
      members.append("\"__metadata__\":{\(texts.joined(separator: ","))}")
    }
    var offset = 0
    for tensor in tensors {
      let end = offset + tensor.dimensions.reduce(MemoryLayout<Float>.size, *)
      let shape = tensor.dimensions.map(String.init).joined(separator: ",")
      members.append(
        "\(quoted(tensor.name)):{\"dtype\":\"F32\",\"shape\":[\(shape)],\"data_offsets\":[\(offset),\(end)]}")
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
