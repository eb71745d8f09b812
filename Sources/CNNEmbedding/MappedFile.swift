#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A file's bytes as memory, read only. The file must not be shortened by others while it is mapped.
package final class MappedFile: @unchecked Sendable {
  package enum Failure: Error, Hashable, Sendable {
    case missing
    case directory
    case empty
    /// The system's own words.
    case unreadable(String)
  }

  package let pointer: UnsafeMutableRawPointer
  package let count: Int
  /// Whether a page that has been given back is read from a file again; one without a file would be zeros.
  private let isOfFile: Bool

  package init(_ path: String) throws(Failure) {
    guard !path.utf8.contains(0) else { throw .unreadable("the path contains a NUL") }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw errno == ENOENT ? .missing : .lastError }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .lastError }
    if status.st_mode & S_IFMT == S_IFDIR { throw .directory }
    guard status.st_mode & S_IFMT == S_IFREG else { throw .unreadable("not a regular file") }
    count = Int(status.st_size)
    guard count > 0 else { throw .empty }
    guard let memory = mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0), memory != MAP_FAILED else {
      throw .lastError
    }
    pointer = memory
    isOfFile = true
  }

  /// Memory of its own, aligned as a mapped file is.
  package init(copying bytes: [UInt8]) throws(Failure) {
    count = bytes.count
    guard count > 0 else { throw .empty }
    let flags = MAP_PRIVATE | MAP_ANONYMOUS
    guard let memory = mmap(nil, count, PROT_READ | PROT_WRITE, flags, -1, 0), memory != MAP_FAILED else {
      throw .lastError
    }
    bytes.withUnsafeBytes { source in _ = memcpy(memory, source.baseAddress!, source.count) }
    pointer = memory
    isOfFile = false
  }

  deinit { munmap(pointer, count) }

  /// Lets the system take the whole pages of a range of a file back; reading them again gives the same bytes.
  package func giveBack(_ range: Range<Int>) {
    precondition(range.upperBound <= count, "outside the file")
    let page = sysconf(Int32(_SC_PAGESIZE))
    guard isOfFile, page > 0 else { return }
    let start = (range.lowerBound + page - 1) / page * page
    let end = range.upperBound / page * page
    // Only offered: where the system refuses, nothing is lost but memory.
    if start < end { madvise(pointer + start, end - start, MADV_DONTNEED) }
  }
}

extension MappedFile.Failure {
  fileprivate static var lastError: Self { .unreadable(String(cString: strerror(errno))) }

  /// What went wrong.
  package var reason: String {
    switch self {
    case .missing: "no such file"
    case .directory: "expected a file, found a directory"
    case .empty: "the file is empty"
    case .unreadable(let reason): reason
    }
  }
}
