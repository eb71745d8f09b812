#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Files that are written whole or not at all: into a temporary file in the same folder, flushed to the
/// disk, then renamed over the target. On failure the target is as it was and nothing is left behind.
///
/// A symbolic link to what exists is followed, so the file that it names is replaced. What exists and is no regular file
/// (`/dev/null`, a pipe) is written directly, since a rename would destroy it.
package enum AtomicFile {
  package static func write(_ bytes: [UInt8], to path: String) throws(FileError) {
    try write(to: path) { (sink) throws(FileError) in try sink.write(bytes) }
  }

  /// Writes what `body` hands to the sink; an error thrown by `body` leaves the target as it was.
  package static func write(
    to path: String, _ body: (inout FileSink) throws(FileError) -> Void
  ) throws(FileError) {
    guard !path.isEmpty, !path.utf8.contains(0) else {
      throw FileError(path, .unwritable("the path is empty or contains a NUL"))
    }
    if FileSystem.kind(of: resolved(path)) == .other { return try writeDirectly(path, body) }
    try rename(try stage(for: path, body))
  }

  /// Writes several files into a folder: none is put in its place before all are written whole.
  /// - Parameter folder: made where it is not there, with those that it lies in, and removed again on failure.
  package static func write(
    _ files: [(name: String, bytes: [UInt8])], in folder: String
  ) throws(FileError) {
    let bodies = files.map { file in
      (name: file.name, write: { (sink: inout FileSink) throws(FileError) in try sink.write(file.bytes) })
    }
    try write(bodies, in: folder)
  }

  /// Writes several files that are too large to be held in memory into a folder: none is put in its place before all are
  /// written whole.
  /// - Parameters:
  ///   - files: what each is called, and who hands its bytes to the sink.
  ///   - folder: made where it is not there, with those that it lies in, and removed again on failure.
  package static func write(
    _ files: [(name: String, write: (inout FileSink) throws(FileError) -> Void)], in folder: String
  ) throws(FileError) {
    let made = try FileSystem.createFolder(folder)
    var staged: [StagedFile] = []
    do throws(FileError) {
      for file in files {
        let path = FileSystem.path(folder, file.name)
        // Only a regular file has another's place taken.
        if FileSystem.kind(of: resolved(path)) == .other {
          throw FileError(path, .unwritable("it is neither a file nor a folder"))
        }
        staged.append(try stage(for: path, file.write))
      }
      for file in staged { try rename(file) }
    } catch {
      for file in staged { unlink(file.temporary) }
      FileSystem.removeFolders(made)
      throw error
    }
  }

  /// A file that is written whole, under another name.
  private struct StagedFile {
    /// As the caller named it, and with symbolic links followed.
    var path: String
    var target: String
    var temporary: String
  }

  /// Writes a temporary file beside a target; nothing is left of it on failure.
  private static func stage(
    for path: String, _ body: (inout FileSink) throws(FileError) -> Void
  ) throws(FileError) -> StagedFile {
    guard !path.isEmpty, !path.utf8.contains(0) else {
      throw FileError(path, .unwritable("the path is empty or contains a NUL"))
    }
    let target = resolved(path)
    var status = stat()
    let exists = stat(target, &status) == 0
    // What cannot be asked about, such as too long a name, cannot be renamed to later.
    if !exists, errno != ENOENT { throw FileError.writing(path, errno) }
    if exists, FileSystem.kind(of: status) == .directory { throw FileError(path, .directory) }
    let temporary = temporaryName(beside: target)
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw FileError.writing(path, errno) }
    var sink = FileSink(descriptor: descriptor, path: path)
    do throws(FileError) {
      if exists { _ = fchmod(descriptor, status.st_mode & 0o7777) }
      try body(&sink)
      guard fsync(descriptor) == 0 else { throw FileError.writing(path, errno) }
    } catch {
      close(descriptor)
      unlink(temporary)
      throw error
    }
    // A network file system may report a full disk only here.
    guard close(descriptor) == 0 else {
      let failure = FileError.writing(path, errno)
      unlink(temporary)
      throw failure
    }
    return StagedFile(path: path, target: target, temporary: temporary)
  }

  /// Puts a file in its place.
  private static func rename(_ file: StagedFile) throws(FileError) {
    guard systemRename(file.temporary, file.target) == 0 else {
      let failure = FileError.writing(file.path, errno)
      unlink(file.temporary)
      throw failure
    }
    flushFolder(of: file.target)
  }

  /// Writes bytes behind the first `offset` of a file and flushes them to the disk; what was behind is gone.
  ///
  /// On failure the file ends at the offset again; a kill may leave a part of the bytes.
  /// - Throws: also where the file is shorter than that.
  package static func append(_ bytes: [UInt8], to path: String, at offset: Int) throws(FileError) {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw FileError.writing(path, errno) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, Int(status.st_size) >= offset else {
      throw FileError(path, .unwritable("it is no longer as it was: others have cut or removed it"))
    }
    guard ftruncate(descriptor, off_t(offset)) == 0, lseek(descriptor, off_t(offset), SEEK_SET) >= 0 else {
      throw FileError.writing(path, errno)
    }
    var sink = FileSink(descriptor: descriptor, path: path)
    do throws(FileError) {
      try sink.write(bytes)
      guard fsync(descriptor) == 0 else { throw FileError.writing(path, errno) }
    } catch {
      _ = ftruncate(descriptor, off_t(offset))
      throw error
    }
  }

  /// Removes temporary files of processes that were killed. Nobody may be writing into the folder.
  package static func removeLeftovers(in folder: String) {
    for name in (try? FileSystem.allNames(in: folder)) ?? [] {
      let parts = name.split(separator: "-")
      guard parts.count == 3, parts[0] == ".cnnc", Int(parts[1]) != nil, parts[2].hasSuffix(".tmp") else {
        continue
      }
      unlink(FileSystem.path(folder, name))
    }
  }

  private static func writeDirectly(
    _ path: String, _ body: (inout FileSink) throws(FileError) -> Void
  ) throws(FileError) {
    let descriptor = open(path, O_WRONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError.writing(path, errno) }
    defer { close(descriptor) }
    var sink = FileSink(descriptor: descriptor, path: path)
    try body(&sink)
  }

  /// The path with symbolic links followed, if it exists.
  private static func resolved(_ path: String) -> String { FileSystem.realPath(path) ?? path }

  /// The folder of a path with its slash, or empty for the current one.
  private static func folder(of path: String) -> String {
    path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
  }

  private static func temporaryName(beside path: String) -> String {
    folder(of: path) + ".cnnc-\(getpid())-" + String(UInt64.random(in: 0...UInt64.max), radix: 36) + ".tmp"
  }

  /// Makes the rename itself durable; file systems that cannot are left alone.
  private static func flushFolder(of path: String) {
    let folder = folder(of: path)
    let descriptor = open(folder.isEmpty ? "." : folder, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    _ = fsync(descriptor)
    close(descriptor)
  }
}

// The bare name would find the member above.
private func systemRename(_ old: String, _ new: String) -> Int32 { rename(old, new) }

/// Where the bytes of a file being written go.
package struct FileSink: ~Copyable {
  fileprivate let descriptor: Int32
  fileprivate let path: String

  /// The bytes of the values, as they lie in memory.
  package mutating func write<Value: BitwiseCopyable>(_ values: [Value]) throws(FileError) {
    let failure = values.withUnsafeBytes { put($0) }
    guard failure == 0 else { throw FileError.writing(path, failure) }
  }

  /// Writes all of a buffer; `errno`, or 0.
  private func put(_ buffer: UnsafeRawBufferPointer) -> Int32 {
    guard let base = buffer.baseAddress else { return 0 }
    var done = 0
    while done < buffer.count {
      #if canImport(Glibc)
        let count = Glibc.write(descriptor, base + done, buffer.count - done)
      #else
        let count = Darwin.write(descriptor, base + done, buffer.count - done)
      #endif
      if count >= 0 { done += count } else if errno != EINTR { return errno }
    }
    return 0
  }
}
