import CNNSpec
import CNNTestSupport
import Testing

@testable import CNNImages

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

@Suite struct AtomicFileTests {
  @Test func writesAndReplaces() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/file"
    try AtomicFile.write([1, 2, 3], to: path)
    #expect(try FileSystem.read(path) == [1, 2, 3])
    chmod(path, 0o640)
    try AtomicFile.write(to: path) { (sink) throws(FileError) in
      try sink.write([UInt16(0x0101)])
      try sink.write([] as [UInt8])
    }
    #expect(try FileSystem.read(path) == [1, 1])
    var status = stat()
    #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o640, "the permissions stay")
    #expect(folder.names == ["file"], "no temporary file is left")
  }

  @Test func leavesNothingBehindOnFailure() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("file", [7])
    let failure = FileError(path, .unwritable("no more"))
    #expect(throws: failure) {
      try AtomicFile.write(to: path) { (sink) throws(FileError) in
        try sink.write([1, 2] as [UInt8])
        throw failure
      }
    }
    #expect(try FileSystem.read(path) == [7])
    #expect(folder.names == ["file"])
  }

  @Test func refusesFoldersAndMissingFolders() throws {
    let folder = try TemporaryFolder()
    #expect(throws: FileError(folder.path, .directory)) { try AtomicFile.write([1], to: folder.path) }
    let missing = folder.path + "/no/file"
    #expect(throws: FileError(missing, .unwritable("No such file or directory"))) {
      try AtomicFile.write([1], to: missing)
    }
    #expect(throws: FileError.self) { try AtomicFile.write([1], to: "") }
    #expect(throws: FileError.self) { try AtomicFile.write([1], to: "a\0b") }
    #expect(folder.names.isEmpty)
  }

  @Test func followsLinksAndSparesDevices() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("file", [7])
    let link = folder.path + "/link"
    #expect(symlink(path, link) == 0)
    try AtomicFile.write([8], to: link)
    #expect(try FileSystem.read(path) == [8])
    try AtomicFile.write([9], to: "/dev/null")
    #expect(FileSystem.kind(of: "/dev/null") == .other)
  }
}
