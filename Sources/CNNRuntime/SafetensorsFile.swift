import CNNEmbedding
import CNNSpec

/// A safetensors file, mapped into memory: eight bytes of header length, little-endian; a JSON header; the
/// tensors' bytes. Nothing in it is trusted.
///
/// The file must not be shortened by others while it is mapped.
package final class SafetensorsFile: Sendable {
  package struct Tensor: Hashable, Sendable {
    package var name: String
    package var dimensions: [Int]
    /// Its bytes in the file.
    package var range: Range<Int>
    /// The format's name of it: `F32`.
    package var elementType = SafetensorsIndex.float32
  }

  package let path: String
  /// In the header's order, without those that count batches.
  package let tensors: [Tensor]
  /// `__metadata__`.
  package let metadata: [String: String]
  private let mapping: Mapping

  /// - Parameter types: those that tensors may have; networks compute with float32 alone.
  /// - Throws: `unreadable-file` where there is no such file, `weights-file` where it is not what it should be.
  package convenience init(
    _ path: String, types: Set<String> = [SafetensorsIndex.float32]
  ) throws(Diagnostics) {
    try self.init(path, Mapping(path), types)
  }

  /// A file that is in memory already: the bytes are copied.
  /// - Parameter name: what diagnostics call it.
  package convenience init(
    bytes: [UInt8], name: String, types: Set<String> = [SafetensorsIndex.float32]
  ) throws(Diagnostics) {
    try self.init(name, Mapping(bytes, name), types)
  }

  private init(_ path: String, _ mapping: Mapping, _ types: Set<String>) throws(Diagnostics) {
    self.path = path
    self.mapping = mapping
    let header = try SafetensorsHeader(Self.headerBytes(mapping, path), path: path)
    metadata = header.metadata
    let start = 8 + header.byteCount
    try header.checkLayout(dataBytes: mapping.count - start)
    tensors = try header.tensors(dataStart: start, types: types)
  }

  private static func headerBytes(_ mapping: Mapping, _ path: String) throws(Diagnostics) -> [UInt8] {
    guard mapping.count >= 8 else {
      throw SafetensorsHeader.bad(path, "expected a safetensors file, found \(mapping.count) bytes")
    }
    let length = mapping.bytes(0..<8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= UInt64(SafetensorsIndex.largestHeader) else {
      throw SafetensorsHeader.bad(
        path, "the header's length is \(length) bytes; the format allows \(SafetensorsIndex.largestHeader)",
        help: "is this a safetensors file?")
    }
    guard Int(length) <= mapping.count - 8 else {
      throw SafetensorsHeader.bad(
        path, "expected a header of \(length) bytes, found \(mapping.count - 8)",
        help: "the file is cut short")
    }
    return mapping.bytes(8..<8 + Int(length))
  }

  /// Whether a tensor's floats can be read where they are.
  func isAligned(_ tensor: Tensor) -> Bool { tensor.range.lowerBound % MemoryLayout<Float>.alignment == 0 }

  func address(of tensor: Tensor) -> Address { mapping.address.advanced(by: tensor.range.lowerBound) }

  /// A copy of a tensor's bytes.
  package func bytes(of tensor: Tensor) -> [UInt8] { mapping.bytes(tensor.range) }

  /// A copy of the elements of a tensor of float32, wherever it lies.
  package func values(of tensor: Tensor) -> [Float] {
    let count = tensor.range.count / MemoryLayout<Float>.size
    return withExtendedLifetime(mapping) {
      [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
        UnsafeMutableRawBufferPointer(buffer).copyMemory(
          from: UnsafeRawBufferPointer(start: address(of: tensor).pointer, count: tensor.range.count))
        initialized = count
      }
    }
  }

  /// Lets the system take the memory back that tensors are mapped into, as far as it is whole pages of theirs. Whoever
  /// reads them again gets the file's bytes again, more slowly.
  func giveBack(_ given: [Tensor]) {
    // Tensors side by side share the page between them.
    var joined: [Range<Int>] = []
    for range in given.map(\.range).sorted(by: { $0.lowerBound < $1.lowerBound }) {
      if let last = joined.last, last.upperBound == range.lowerBound {
        joined[joined.count - 1] = last.lowerBound..<range.upperBound
      } else {
        joined.append(range)
      }
    }
    for range in joined { mapping.giveBack(range) }
  }
}

/// A file's bytes as memory, read only.
private final class Mapping: Sendable {
  private let file: MappedFile
  var address: Address { Address(pointer: file.pointer) }
  var count: Int { file.count }

  init(_ path: String) throws(Diagnostics) {
    file = try Self.explaining(path) { () throws(MappedFile.Failure) in try MappedFile(path) }
  }

  /// Memory of its own, aligned as a mapped file is.
  init(_ bytes: [UInt8], _ name: String) throws(Diagnostics) {
    file = try Self.explaining(name) { () throws(MappedFile.Failure) in try MappedFile(copying: bytes) }
  }

  private static func explaining(
    _ path: String, _ map: () throws(MappedFile.Failure) -> MappedFile
  ) throws(Diagnostics) -> MappedFile {
    do throws(MappedFile.Failure) {
      return try map()
    } catch {
      switch error {
      case .missing: throw FileError(path, .missing).diagnostics
      case .directory: throw FileError(path, .directory).diagnostics
      case .empty: throw SafetensorsHeader.bad(path, "expected a safetensors file, found an empty file")
      case .unreadable(let why): throw FileError(path, .unreadable(why)).diagnostics
      }
    }
  }

  func giveBack(_ range: Range<Int>) { file.giveBack(range) }

  func bytes(_ range: Range<Int>) -> [UInt8] {
    precondition(range.upperBound <= count, "outside the file")
    return Array(UnsafeRawBufferPointer(start: address.pointer + range.lowerBound, count: range.count))
  }
}
