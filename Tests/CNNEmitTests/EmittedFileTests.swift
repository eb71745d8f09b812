import CNNEmit
import CNNSpec
import CNNTestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

struct EmittedFileTests {
  private let files = [EmittedFile(name: "A.swift", text: "a"), EmittedFile(name: "B.swift", text: "b")]

  private func messages(
    _ files: [EmittedFile], to folder: String, sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> [String] {
    let error = try #require(throws: Diagnostics.self, sourceLocation: sourceLocation) {
      try files.write(to: folder)
    }
    return error.all.map(\.message)
  }

  @Test func `files are written into a folder that is made for them`() throws {
    let folder = try TemporaryFolder()
    try files.write(to: folder.path + "/new/deep")
    #expect(try FileSystem.names(in: folder.path + "/new/deep") == ["A.swift", "B.swift"])
    #expect(try FileSystem.read(folder.path + "/new/deep/B.swift") == Array("b".utf8))
  }

  @Test func `an output folder that is a file is refused and left as it is`() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("taken", "mine")
    #expect(try messages(files, to: path) == ["expected a directory, found a file"])
    #expect(try FileSystem.read(path) == Array("mine".utf8))
    #expect(folder.names == ["taken"])
  }

  @Test(arguments: ["link", "link/deep"])
  func `an output folder that is a link to nothing is told as that`(name: String) throws {
    let folder = try TemporaryFolder()
    #expect(symlink(folder.path + "/nowhere", folder.path + "/link") == 0)
    #expect(
      try messages(files, to: folder.path + "/" + name)
        == ["expected a directory, found a symbolic link to one that is not there"])
    #expect(folder.names == ["link"])
  }

  @Test func `where one file cannot be written, none is`() throws {
    let folder = try TemporaryFolder()
    _ = folder.makeFolder("out/")
    _ = folder.makeFolder("out/B.swift")
    try folder.write("out/A.swift", "old")
    #expect(try messages(files, to: folder.path + "/out") == ["expected a file, found a directory"])
    #expect(try FileSystem.read(folder.path + "/out/A.swift") == Array("old".utf8))
    #expect(try FileSystem.names(in: folder.path + "/out") == ["A.swift", "B.swift"])
  }

  @Test func `where one name is too long, no file is written, and no folder is left`() throws {
    let folder = try TemporaryFolder()
    let long = EmittedFile(name: String(repeating: "B", count: 300), text: "b")
    #expect(
      try messages([files[0], long], to: folder.path + "/new/deep") == [
        "cannot be written: " + String(cString: strerror(ENAMETOOLONG))
      ])
    #expect(folder.names.isEmpty)
  }
}
