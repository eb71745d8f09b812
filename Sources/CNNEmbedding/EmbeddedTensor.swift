/// One of the tensors of an embedded network, as a weights file has it; emitted code lists them.
public struct EmbeddedTensor: Sendable {
  let name: String
  let dimensions: [Int]
  /// Where it lies among the network's weights, in bytes.
  let offset: Int

  public init(_ name: String, _ dimensions: [Int], at offset: Int) {
    self.name = name
    self.dimensions = dimensions
    self.offset = offset
  }

  var bytes: Int { dimensions.reduce(1, *) * MemoryLayout<Float>.size }
}

extension [EmbeddedTensor] {
  /// The bytes of a safetensors file of these tensors, in this order.
  func safetensors(from memory: Address) -> [UInt8] {
    var file = SafetensorsIndex.header(of: map { ($0.name, $0.dimensions) })
    file.reserveCapacity(file.count + reduce(0) { $0 + $1.bytes })
    for tensor in self {
      file += UnsafeRawBufferPointer(start: memory.pointer + tensor.offset, count: tensor.bytes)
    }
    return file
  }

  /// Copies the tensors of a safetensors file to where they lie.
  /// - Throws: `safetensors` where the file is not whole, or has not just these tensors in float32.
  func copy(_ file: [UInt8], to memory: Address) throws(EmbeddingError) {
    let start = try Self.dataStart(file)
    let index: SafetensorsIndex
    do throws(HeaderReader.Failure) {
      index = try SafetensorsIndex([UInt8](file[8..<start]))
    } catch {
      throw .safetensors(reason: "expected \(error.expected) at byte \(error.offset + 8)")
    }
    let entries = try matched(index)
    for (tensor, entry) in zip(self, entries) {
      guard entry.end <= file.count - start else {
        throw .safetensors(reason: "expected \(entry.end) bytes of tensors, found \(file.count - start)")
      }
      guard entry.end - entry.begin == tensor.bytes else {
        throw .safetensors(
          reason: "expected \(tensor.bytes) bytes of \(tensor.name), found \(entry.end - entry.begin)")
      }
    }
    file.withUnsafeBytes { bytes in
      for (tensor, entry) in zip(self, entries) {
        UnsafeMutableRawBufferPointer(start: memory.pointer + tensor.offset, count: tensor.bytes)
          .copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[start + entry.begin..<start + entry.end]))
      }
    }
  }

  /// Where the data begins.
  private static func dataStart(_ file: [UInt8]) throws(EmbeddingError) -> Int {
    guard file.count >= 8 else {
      throw .safetensors(reason: "expected a header and its length, found \(file.count) bytes")
    }
    let length = file[..<8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= UInt64(Swift.min(SafetensorsIndex.largestHeader, file.count - 8)) else {
      throw .safetensors(reason: "expected a header of \(length) bytes, found \(file.count - 8)")
    }
    return 8 + Int(length)
  }

  /// The file's entry of each tensor.
  private func matched(_ index: SafetensorsIndex) throws(EmbeddingError) -> [SafetensorsIndex.Entry] {
    let known = index.entries.filter { !$0.name.hasSuffix(SafetensorsIndex.ignoredSuffix) }
    var found = Dictionary(uniqueKeysWithValues: known.map { ($0.name, $0) })
    var entries: [SafetensorsIndex.Entry] = []
    for tensor in self {
      let expected = "expected \(tensor.name) \(SafetensorsIndex.float32) \(tensor.dimensions)"
      guard let entry = found.removeValue(forKey: tensor.name) else {
        throw .safetensors(reason: "\(expected), found no tensor of this name")
      }
      guard entry.elementType == SafetensorsIndex.float32, entry.dimensions == tensor.dimensions else {
        throw .safetensors(reason: "\(expected), found \(entry.elementType) \(entry.dimensions)")
      }
      entries.append(entry)
    }
    if let other = known.first(where: { found[$0.name] != nil }) {
      throw .safetensors(reason: "expected no tensor \(other.name), which the network has not")
    }
    return entries
  }
}
