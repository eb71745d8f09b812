import CNNSpec
import CNNTestSupport
import Testing

@testable import CNNImages

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

@Suite struct FilesTests {
  @Test func readsAllBytes() throws {
    let folder = try TemporaryFolder()
    for count in [0, 1, 65535, 65536, 200_000] {
      let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
      let path = try folder.write("file", bytes)
      #expect(try FileSystem.read(path) == bytes)
      #expect(try FileSystem.read(path, limit: count) == bytes)
    }
  }

  @Test func namesWhatIsWrong() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("file", [1, 2, 3])
    let cases: [(path: String, limit: Int, expected: FileError.Reason)] = [
      (folder.path + "/missing", 9, .missing), (folder.path, 9, .directory),
      (path + "/inner", 9, .notDirectory),
      (path, 2, .tooLarge(limit: 2)), ("/dev/zero", 1 << 20, .tooLarge(limit: 1 << 20)),
      ("file\0", 9, .unreadable("the path contains a NUL")), ("", 9, .missing),
    ]
    for (path, limit, expected) in cases {
      #expect(throws: FileError(path, expected)) { try FileSystem.read(path, limit: limit) }
    }
    #expect(throws: FileError(path, .notDirectory)) { try FileSystem.names(in: path) }
    #expect(throws: FileError("/nowhere", .missing)) { try FileSystem.names(in: "/nowhere") }
    #expect(FileError(path, .missing).diagnostic.code == .unreadableFile)
    #expect(FileError(path, .tooLarge(limit: 2)).diagnostic.code == .fileTooLarge)
    #expect(FileError(path, .unwritable("full")).diagnostic.code == .outputFile)
  }

  @Test func tellsUnreadableFiles() throws {
    guard getuid() != 0 else { return }  // nothing is unreadable to root
    let folder = try TemporaryFolder()
    let path = try folder.write("secret", [1])
    chmod(path, 0)
    #expect(throws: FileError(path, .unreadable("Permission denied"))) { try FileSystem.read(path) }
  }

  @Test func listsNamesSortedWithoutHiddenOnes() throws {
    let folder = try TemporaryFolder()
    for name in ["b", "a", "B", ".hidden", "c/d"] { try folder.write(name, []) }
    #expect(try FileSystem.names(in: folder.path) == ["B", "a", "b", "c"])
    #expect(FileSystem.kind(of: folder.path + "/c") == .directory)
    #expect(FileSystem.kind(of: folder.path + "/a") == .file)
    #expect(FileSystem.kind(of: "/dev/null") == .other)
    #expect(FileSystem.kind(of: folder.path + "/x") == nil)
    #expect(FileSystem.path("a", "b") == "a/b")
    #expect(FileSystem.path("a/", "b") == "a/b")
  }
}
