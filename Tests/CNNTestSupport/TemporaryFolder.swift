import CNNSpec

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A folder of its own for a test, removed at the end.
package final class TemporaryFolder {
  package let path: String

  package init() throws {
    var template = Array("/tmp/cnnc-test-XXXXXX".utf8CString)
    let made = template.withUnsafeMutableBufferPointer { buffer in
      buffer.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) }
    }
    guard let made else { throw Self.failure("/tmp") }
    path = made
  }

  deinit { Self.remove(path) }

  private static func remove(_ path: String) {
    if FileSystem.kind(of: path) == .directory {
      chmod(path, 0o755)
      for name in Self.names(path) { remove(path + "/" + name) }
      rmdir(path)
    } else {
      unlink(path)
    }
  }

  /// Writes a file, its folders made as needed; its path.
  @discardableResult
  package func write(_ name: String, _ bytes: [UInt8]) throws -> String {
    let folders = name.split(separator: "/").dropLast()
    for count in 1..<folders.count + 1 { _ = makeFolder(folders.prefix(count).joined(separator: "/")) }
    let file = path + "/" + name
    guard let stream = fopen(file, "w") else { throw Self.failure(file) }
    let written = fwrite(bytes, 1, bytes.count, stream)
    guard fclose(stream) == 0, written == bytes.count else { throw Self.failure(file) }
    return file
  }

  @discardableResult
  package func write(_ name: String, _ text: String) throws -> String { try write(name, Array(text.utf8)) }

  package func makeFolder(_ name: String) -> String {
    mkdir(path + "/" + name, 0o755)
    return path + "/" + name
  }

  /// All names in the folder, hidden ones as well, sorted.
  package var names: [String] { Self.names(path) }

  private static func names(_ path: String) -> [String] {
    guard let stream = opendir(path) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  private static func failure(_ path: String) -> FileError {
    FileError(path, .unwritable(String(cString: strerror(errno))))
  }
}
