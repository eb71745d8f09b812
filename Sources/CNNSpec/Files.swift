#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Why a file or folder could not be read or written.
package struct FileError: Error, Hashable, Sendable {
  package enum Reason: Hashable, Sendable {
    case missing
    /// A file was expected, a directory found.
    case directory
    /// A directory was expected, something else found.
    case notDirectory
    /// A directory was expected, a symbolic link to nothing found.
    case danglingLink
    /// The file has more bytes than the reader's limit.
    case tooLarge(limit: Int)
    /// The system's own words, e.g. "Permission denied".
    case unreadable(String)
    case unwritable(String)
  }

  package var path: String
  package var reason: Reason

  package init(_ path: String, _ reason: Reason) {
    self.path = path
    self.reason = reason
  }

  /// The finding a user sees, with the whole file as its place.
  package var diagnostic: Diagnostic {
    switch reason {
    case .missing:
      Diagnostic(
        .unreadableFile, "no such file or directory", at: .file(path),
        help: ["check the path; it is taken relative to the current directory"])
    case .directory:
      Diagnostic(
        .unreadableFile, "expected a file, found a directory", at: .file(path),
        help: ["name a file inside it"])
    case .notDirectory:
      Diagnostic(
        .unreadableFile, "expected a directory, found a file", at: .file(path),
        help: ["name the directory that holds it"])
    case .danglingLink:
      Diagnostic(
        .outputFile, "expected a directory, found a symbolic link to one that is not there", at: .file(path),
        help: ["make the directory that the link names, or remove the link"])
    case .tooLarge(let limit):
      Diagnostic(
        .fileTooLarge, "the file is larger than the limit of \(limit) bytes", at: .file(path),
        help: ["is this the file that was meant?"])
    case .unreadable(let why):
      Diagnostic(
        .unreadableFile, "cannot be read: \(why)", at: .file(path),
        help: ["check the path and the permissions"])
    case .unwritable(let why):
      Diagnostic(
        .outputFile, "cannot be written: \(why)", at: .file(path),
        help: ["check that its directory exists, may be written to and has room"])
    }
  }

  package var diagnostics: Diagnostics { Diagnostics(diagnostic) }

  /// The reason for a failed call that was to read, from `errno`.
  static func reading(_ path: String, _ code: Int32) -> FileError {
    switch code {
    case ENOENT: FileError(path, .missing)
    case EISDIR: FileError(path, .directory)
    case ENOTDIR: FileError(path, .notDirectory)
    default: FileError(path, .unreadable(systemMessage(code)))
    }
  }

  /// The reason for a failed call that was to write, from `errno`.
  package static func writing(_ path: String, _ code: Int32) -> FileError {
    code == EISDIR ? FileError(path, .directory) : FileError(path, .unwritable(systemMessage(code)))
  }

  private static func systemMessage(_ code: Int32) -> String { String(cString: strerror(code)) }
}

/// Reading files and folders by POSIX calls.
package enum FileSystem {
  package enum Kind: Hashable, Sendable { case file, directory, other }

  /// What a path names, symbolic links followed; nil if there is nothing or it cannot be asked.
  package static func kind(of path: String) -> Kind? {
    var status = stat()
    guard !path.utf8.contains(0), stat(path, &status) == 0 else { return nil }
    return kind(of: status)
  }

  /// Bytes of a file; nil if it is not there.
  package static func size(of path: String) -> Int? {
    var status = stat()
    guard !path.utf8.contains(0), stat(path, &status) == 0 else { return nil }
    return Int(status.st_size)
  }

  static func kind(of status: stat) -> Kind {
    switch status.st_mode & S_IFMT {
    case S_IFREG: .file
    case S_IFDIR: .directory
    default: .other
    }
  }

  /// The absolute path with symbolic links followed; nil where nothing is there.
  package static func realPath(_ path: String) -> String? {
    guard !path.utf8.contains(0), let pointer = realpath(path, nil) else { return nil }
    defer { free(pointer) }
    return String(cString: pointer)
  }

  /// `folder/name`, without a doubled slash.
  package static func path(_ folder: String, _ name: String) -> String {
    folder.isEmpty ? name : folder.hasSuffix("/") ? folder + name : folder + "/" + name
  }

  /// All bytes of a file (a pipe or a device too), or an error if there are more than `limit`.
  package static func read(_ path: String, limit: Int = 1 << 30) throws(FileError) -> [UInt8] {
    guard !path.utf8.contains(0) else { throw FileError(path, .unreadable("the path contains a NUL")) }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .reading(path, errno) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .reading(path, errno) }
    let kind = kind(of: status)
    guard kind != .directory else { throw FileError(path, .directory) }
    guard Int(status.st_size) <= limit else { throw FileError(path, .tooLarge(limit: limit)) }
    // One byte more than the size, so that the end of file is seen without growing.
    let expected = kind == .file ? Int(status.st_size) + 1 : 1 << 16
    var bytes: [UInt8] = []
    var request = expected
    while true {
      var failure: Int32 = 0
      let chunk = [UInt8](unsafeUninitializedCapacity: request) { buffer, count in
        (count, failure) = fill(buffer, from: descriptor)
      }
      guard failure == 0 else { throw .reading(path, failure) }
      if bytes.isEmpty { bytes = chunk } else { bytes += chunk }
      guard bytes.count <= limit else { throw FileError(path, .tooLarge(limit: limit)) }
      if chunk.count < request { return bytes }
      request = 1 << 16
    }
  }

  /// Reads until the buffer is full or the file ends; the bytes read, and `errno` or 0.
  private static func fill(_ buffer: UnsafeMutableBufferPointer<UInt8>, from descriptor: Int32) -> (
    Int, Int32
  ) {
    var done = 0
    while done < buffer.count, let base = buffer.baseAddress {
      #if canImport(Glibc)
        let count = Glibc.read(descriptor, base + done, buffer.count - done)
      #else
        let count = Darwin.read(descriptor, base + done, buffer.count - done)
      #endif
      if count == 0 { break }
      if count > 0 { done += count } else if errno != EINTR { return (done, errno) }
    }
    return (done, 0)
  }

  /// Makes a folder, and those that it lies in, where they are not there; none on failure.
  /// - Returns: those that were made, the outermost first.
  @discardableResult
  package static func createFolder(_ path: String) throws(FileError) -> [String] {
    guard !path.isEmpty, !path.utf8.contains(0) else {
      throw FileError(path, .unwritable("the path is empty or contains a NUL"))
    }
    var made: [String] = []
    var end = path.startIndex
    while end < path.endIndex {
      end = path[path.index(after: end)...].firstIndex(of: "/") ?? path.endIndex
      let part = String(path[..<end])
      if mkdir(part, 0o777) == 0 {
        made.append(part)
        continue
      }
      let failure = errno
      if kind(of: part) == .directory { continue }
      removeFolders(made)
      throw notMade(part, failure)
    }
    return made
  }

  /// Why there is no folder where `mkdir` has failed.
  private static func notMade(_ path: String, _ code: Int32) -> FileError {
    if kind(of: path) != nil { return FileError(path, .notDirectory) }
    var status = stat()
    let isLink = lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
    return isLink && code == EEXIST ? FileError(path, .danglingLink) : .writing(path, code)
  }

  /// Removes folders that have been made, the last first, but those that others have put something in.
  static func removeFolders(_ made: [String]) {
    for folder in made.reversed() { rmdir(folder) }
  }

  /// The names in a folder, hidden ones (`.` first) left out, sorted by their bytes.
  package static func names(in folder: String) throws(FileError) -> [String] {
    try allNames(in: folder).filter { !$0.hasPrefix(".") }
      .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  static func allNames(in folder: String) throws(FileError) -> [String] {
    guard !folder.utf8.contains(0) else { throw FileError(folder, .unreadable("the path contains a NUL")) }
    guard let stream = opendir(folder) else { throw .reading(folder, errno) }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let capacity = MemoryLayout.size(ofValue: entry.pointee.d_name)
      names.append(
        withUnsafePointer(to: &entry.pointee.d_name) { pointer in
          pointer.withMemoryRebound(to: CChar.self, capacity: capacity) { String(cString: $0) }
        })
    }
    return names
  }
}
