#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// One allocation, aligned to 64 bytes, all zeros at first; freed with its owner.
package struct AlignedMemory: ~Copyable, @unchecked Sendable {
  package let pointer: UnsafeMutableRawPointer
  package let bytes: Int

  package static let alignment = 64
  /// What Linux can map as one page, of which a processor remembers the places of far more memory.
  private static let largePage = 2 << 20

  /// Bytes of memory that this machine has.
  package static var physicalBytes: Int {
    let (bytes, overflow) = sysconf(Int32(_SC_PHYS_PAGES)).multipliedReportingOverflow(
      by: sysconf(Int32(_SC_PAGESIZE)))
    return overflow || bytes <= 0 ? Int.max : bytes
  }

  /// Takes memory and touches all of it, so that whoever uses it first does not wait for the system.
  /// - Parameter bytes: how many; nothing is a legal size.
  /// - Throws: `memory` where this machine has less or will not give it.
  package init(bytes: Int) throws(EmbeddingError) {
    precondition(bytes >= 0, "sizes are not negative")
    let physical = Self.physicalBytes
    guard bytes <= physical else {
      throw .memory(bytes: bytes, reason: "this machine has \(physical)")
    }
    var memory: UnsafeMutableRawPointer?
    let isLarge = bytes >= 2 * Self.largePage
    let failure = posix_memalign(
      &memory, isLarge ? Self.largePage : Self.alignment, max(bytes, Self.alignment))
    guard failure == 0, let memory else { throw .memory(bytes: bytes, reason: "the system refused them") }
    #if os(Linux)
      // Only asked for: small pages do as well, more slowly.
      if isLarge { madvise(memory, bytes / Self.largePage * Self.largePage, MADV_HUGEPAGE) }
    #endif
    memset(memory, 0, max(bytes, Self.alignment))
    pointer = memory
    self.bytes = bytes
  }

  deinit { free(pointer) }

  /// Writes elements from a byte offset on.
  package func write(_ elements: [Float], at offset: Int) {
    precondition(offset >= 0 && offset + elements.count * 4 <= bytes, "outside the arena")
    elements.withUnsafeBytes { source in
      guard let base = source.baseAddress else { return }
      memcpy(pointer + offset, base, source.count)
    }
  }
}
