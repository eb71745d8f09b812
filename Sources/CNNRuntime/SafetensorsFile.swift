import CNNSpec

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

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
  }

  package let path: String
  /// The float32 tensors, in the header's order.
  package let tensors: [Tensor]
  /// `__metadata__`.
  package let metadata: [String: String]
  private let mapping: Mapping

  /// - Throws: `unreadable-file` where there is no such file, `weights-file` where it is not what it should be.
  package convenience init(_ path: String) throws(Diagnostics) {
    try self.init(path, Mapping(path))
  }

  /// A file that is in memory already: the bytes are copied.
  /// - Parameter name: what diagnostics call it.
  package convenience init(bytes: [UInt8], name: String) throws(Diagnostics) {
    try self.init(name, Mapping(bytes, name))
  }

  private init(_ path: String, _ mapping: Mapping) throws(Diagnostics) {
    self.path = path
    self.mapping = mapping
    let header = try SafetensorsHeader(Self.headerBytes(mapping, path), path: path)
    metadata = header.metadata
    let start = 8 + header.byteCount
    try header.checkLayout(dataBytes: mapping.count - start)
    tensors = try header.floatTensors(dataStart: start)
  }

  private static func headerBytes(_ mapping: Mapping, _ path: String) throws(Diagnostics) -> [UInt8] {
    guard mapping.count >= 8 else {
      throw SafetensorsHeader.bad(path, "expected a safetensors file, found \(mapping.count) bytes")
    }
    let length = mapping.bytes(0..<8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= UInt64(SafetensorsHeader.largestHeader) else {
      throw SafetensorsHeader.bad(
        path, "the header's length is \(length) bytes; the format allows \(SafetensorsHeader.largestHeader)",
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
  let address: Address
  let count: Int
  /// Whether a page that has been given back is read from a file again; one without a file would be zeros.
  private let isOfFile: Bool

  init(_ path: String) throws(Diagnostics) {
    guard !path.utf8.contains(0) else { throw Self.unreadable(path, "the path contains a NUL") }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      throw errno == ENOENT
        ? FileError(path, .missing).diagnostics : Self.unreadable(path, String(cString: strerror(errno)))
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      throw Self.unreadable(path, String(cString: strerror(errno)))
    }
    if status.st_mode & S_IFMT == S_IFDIR { throw FileError(path, .directory).diagnostics }
    guard status.st_mode & S_IFMT == S_IFREG else { throw Self.unreadable(path, "not a regular file") }
    count = Int(status.st_size)
    guard count > 0 else {
      throw SafetensorsHeader.bad(path, "expected a safetensors file, found an empty file")
    }
    guard let memory = mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0), memory != MAP_FAILED else {
      throw Self.unreadable(path, String(cString: strerror(errno)))
    }
    address = Address(pointer: memory)
    isOfFile = true
  }

  /// Memory of its own, aligned as a mapped file is.
  init(_ bytes: [UInt8], _ name: String) throws(Diagnostics) {
    count = bytes.count
    let flags = MAP_PRIVATE | MAP_ANONYMOUS
    guard count > 0, let memory = mmap(nil, count, PROT_READ | PROT_WRITE, flags, -1, 0), memory != MAP_FAILED
    else { throw Self.unreadable(name, count == 0 ? "empty" : String(cString: strerror(errno))) }
    bytes.withUnsafeBytes { source in _ = memcpy(memory, source.baseAddress!, source.count) }
    address = Address(pointer: memory)
    isOfFile = false
  }

  deinit { munmap(address.pointer, count) }

  private static func unreadable(_ path: String, _ why: String) -> Diagnostics {
    FileError(path, .unreadable(why)).diagnostics
  }

  /// Gives back the whole pages of a range of a file.
  func giveBack(_ range: Range<Int>) {
    precondition(range.upperBound <= count, "outside the file")
    let page = sysconf(Int32(_SC_PAGESIZE))
    guard isOfFile, page > 0 else { return }
    let start = (range.lowerBound + page - 1) / page * page
    let end = range.upperBound / page * page
    // Only offered: where the system refuses, nothing is lost but memory.
    if start < end { madvise(address.pointer + start, end - start, MADV_DONTNEED) }
  }

  func bytes(_ range: Range<Int>) -> [UInt8] {
    precondition(range.upperBound <= count, "outside the file")
    return Array(UnsafeRawBufferPointer(start: address.pointer + range.lowerBound, count: range.count))
  }
}
