/// The file `NAME.weights` of an embedded network: a header of 64 bytes, then the tensors' floats in the plan's order,
/// little endian, each tensor aligned to 64 bytes.
///
/// The header: `cnnc-w1` and a line's end, the fingerprint of the network, the hash of the tensors' bytes, their number,
/// each 8 bytes, little endian, and zeros.
package enum WeightsFile {
  package static let headerBytes = 64
  private static let magic = Array("cnnc-w1\n".utf8)

  /// The fingerprint of a network: its tensors' names and dimensions in order.
  package static func fingerprint(_ tensors: [(name: String, dimensions: [Int])]) -> ContentHash {
    var hash = ContentHash()
    for tensor in tensors { hash.add("\(tensor.name) \(tensor.dimensions)\n") }
    return hash
  }

  /// A file's bytes, and the hash of its tensors.
  /// - Parameters:
  ///   - count: bytes of the tensors.
  ///   - append: appends these, as they are to lie in memory.
  package static func bytes(
    count: Int, network: ContentHash, append: (inout [UInt8]) -> Void
  ) -> (bytes: [UInt8], hash: ContentHash) {
    var file: [UInt8] = []
    file.reserveCapacity(headerBytes + count)
    file += Array(repeating: 0, count: headerBytes)
    append(&file)
    precondition(file.count == headerBytes + count, "\(count) bytes of tensors were announced")
    var hash = ContentHash()
    file.withUnsafeBytes { hash.add(UnsafeRawBufferPointer(rebasing: $0[headerBytes...])) }
    var header = magic
    for word in [network.value, hash.value, UInt64(count)] {
      header += (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) }
    }
    file.replaceSubrange(..<header.count, with: header)
    return (file, hash)
  }

  /// Where the tensors of a file lie, all of which has been checked.
  static func tensors(
    of file: MappedFile, path: String, bytes: Int, network: UInt64, hash: UInt64?
  ) throws(EmbeddingError) -> UnsafeMutableRawPointer {
    let header = UnsafeRawBufferPointer(start: file.pointer, count: min(file.count, headerBytes))
    guard header.count == headerBytes, header.prefix(magic.count).elementsEqual(magic) else {
      throw .noWeightsFile(path: path)
    }
    func word(_ index: Int) -> UInt64 {
      UInt64(littleEndian: header.loadUnaligned(fromByteOffset: 8 * index, as: UInt64.self))
    }
    guard word(1) == network else {
      throw .otherNetwork(path: path, expected: ContentHash.text(network), found: ContentHash.text(word(1)))
    }
    guard file.count == headerBytes + bytes, word(3) == UInt64(bytes) else {
      throw .weightsSize(path: path, expected: headerBytes + bytes, found: file.count)
    }
    var found = ContentHash()
    found.add(UnsafeRawBufferPointer(start: file.pointer + headerBytes, count: bytes))
    let expected = hash ?? word(2)
    guard found.value == expected else {
      throw .weightsHash(
        path: path, expected: ContentHash.text(expected), found: ContentHash.text(found.value))
    }
    return file.pointer + headerBytes
  }
}
