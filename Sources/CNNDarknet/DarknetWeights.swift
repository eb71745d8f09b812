import CNNGraph
import CNNImport
import CNNProtobuf
import CNNSpec

/// A `.weights` file: a header, then floats, layer after layer.
package struct DarknetWeights: Sendable {
  let path: String
  private let bytes: ByteSlice
  /// Whether the matrices of connected layers are stored with rows and columns exchanged, as old versions did.
  private let isTransposed: Bool
  /// Bytes of the header.
  private let start: Int

  /// - Throws: `unreadable-file` where there is none, `model-file` where it is no weights file.
  package init(path: String) throws(Diagnostics) {
    try self.init(ByteSlice(mapping: path, expected: "Darknet's weights"), name: path)
  }

  /// A file that is in memory.
  /// - Parameter name: what diagnostics call it.
  package init(bytes: [UInt8], name: String) throws(Diagnostics) {
    try self.init(ByteSlice(bytes), name: name)
  }

  private init(_ bytes: ByteSlice, name: String) throws(Diagnostics) {
    path = name
    self.bytes = bytes
    guard bytes.count >= 16 else {
      throw Self.damaged(name, "expected a header of 16 or 20 bytes, found \(bytes.count)")
    }
    let version = bytes.slice(0..<8).elements(as: Int32.self).map { Int($0) }
    let (major, minor) = (version[0], version[1])
    // How many images were seen has 64 bits since version 0.2.
    start = major * 10 + minor >= 2 && major < 1000 && minor < 1000 ? 20 : 16
    isTransposed = major > 1000 || minor > 1000
    guard bytes.count >= start, (bytes.count - start) % 4 == 0 else {
      throw Self.damaged(
        name, "expected a header of \(start) bytes and floats of 4, found \(bytes.count) bytes")
    }
  }

  private static func damaged(_ path: String, _ message: String, help: String...) -> Diagnostics {
    Diagnostics(
      Diagnostic(
        .modelFile, message, at: .file(path),
        help: help.isEmpty ? ["is this a Darknet `.weights` file, and whole?"] : help))
  }

  private var count: Int { (bytes.count - start) / 4 }

  /// Gives the layers their numbers.
  /// - Throws: `model-file` where the file has more or fewer floats than the network, or a variance below zero.
  func fill(_ network: NetworkBuilder) throws(Diagnostics) {
    var total: CheckedInteger = 0
    var broken: NetworkBuilder.Slot?
    for slot in network.slots {
      total += CheckedInteger(slot.count)
      if broken == nil, total.value ?? Int.max > count { broken = slot }
    }
    guard total.value == count else {
      let needed = total.value.map(String.init) ?? "more than 2^63"
      let end = broken.map {
        "it ends within the weights of \($0.section.text.line($0.section.line)) in line \($0.section.line)"
      }
      throw Self.damaged(
        path, "the network has \(needed) weights, the file holds \(count)",
        help: end ?? "it is longer than the network: is it another network's?")
    }
    var offset = start
    for slot in network.slots {
      let part = bytes.slice(offset..<offset + 4 * slot.count)
      offset += 4 * slot.count
      network.set(try source(part, slot), slot.layer, slot.tensor)
    }
  }

  private func source(_ part: ByteSlice, _ slot: NetworkBuilder.Slot) throws(Diagnostics) -> FloatSource {
    switch slot.form {
    case .matrix(let rows, let columns) where isTransposed:
      return .transposed(.stored([part]), rows: columns, columns: rows)
    case .exchanged(let rows, let columns):
      return .transposed(.stored([part]), rows: rows, columns: columns)
    case .stored, .matrix: return .stored([part])
    case .variance:
      let variances = part.elements(as: Float.self)
      if let wrong = variances.first(where: { !($0 >= 0 && $0.isFinite) }) {
        throw Self.damaged(
          path, "a batch norm's variance is \(wrong), in line \(slot.section.line) of the network",
          help: "is it another network's file?")
      }
      return .values(variances.map { Float(Double($0) + 2e-6 * Double($0).squareRoot()) })
    }
  }
}
