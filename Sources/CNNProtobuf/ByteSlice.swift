import CNNEmbedding

/// A range of the bytes of a mapped file, or of memory; read only, every access checked. It keeps its file mapped.
package struct ByteSlice: Sendable {
  private enum Storage: Sendable {
    case file(MappedFile)
    case memory([UInt8])
  }

  private let storage: Storage
  /// Where the slice lies in its file or memory.
  package let range: Range<Int>

  package var count: Int { range.count }

  package init(_ file: MappedFile) {
    storage = .file(file)
    range = 0..<file.count
  }

  package init(_ bytes: [UInt8]) {
    storage = .memory(bytes)
    range = bytes.indices
  }

  private init(_ storage: Storage, _ range: Range<Int>) {
    self.storage = storage
    self.range = range
  }

  /// The byte at an offset from the slice's start.
  package subscript(offset: Int) -> UInt8 {
    precondition(offset >= 0 && offset < count, "outside the slice")
    switch storage {
    case .file(let file):
      return file.pointer.load(fromByteOffset: range.lowerBound + offset, as: UInt8.self)
    case .memory(let bytes): return bytes[range.lowerBound + offset]
    }
  }

  /// A part, by offsets from this slice's start.
  package func slice(_ part: Range<Int>) -> ByteSlice {
    precondition(part.lowerBound >= 0 && part.upperBound <= count, "outside the slice")
    return ByteSlice(storage, range.lowerBound + part.lowerBound..<range.lowerBound + part.upperBound)
  }

  /// A copy of the bytes.
  package var array: [UInt8] { withBytes { Array($0) } }

  /// The bytes as text; what is not UTF-8 in them becomes U+FFFD.
  package var text: String { withBytes { String(decoding: $0, as: UTF8.self) } }

  /// The bytes as numbers of a fixed size, least significant byte first; the slice holds a whole number of them.
  package func elements<Element: BitwiseCopyable>(as type: Element.Type) -> [Element] {
    let size = MemoryLayout<Element>.size
    precondition(count % size == 0, "\(count) bytes are not elements of \(size)")
    return withBytes { source in
      Array(unsafeUninitializedCapacity: source.count / size) { buffer, initialized in
        UnsafeMutableRawBufferPointer(buffer).copyMemory(from: source)
        initialized = source.count / size
      }
    }
  }

  private func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    switch storage {
    case .file(let file):
      let start = UnsafeRawPointer(file.pointer) + range.lowerBound
      return withExtendedLifetime(file) { body(UnsafeRawBufferPointer(start: start, count: count)) }
    case .memory(let bytes):
      return bytes.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[range])) }
    }
  }
}
