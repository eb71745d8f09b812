import CNNEmit
import CNNSpec
import CNNTestSupport
import Testing

struct EmittedFileTests {
  private let files = [EmittedFile(name: "A.swift", text: "a"), EmittedFile(name: "B.swift", text: "b")]

  @Test func `files are written into a folder that is made for them`() throws {
    let folder = try TemporaryFolder()
    try files.write(to: folder.path + "/new/deep")
    #expect(try FileSystem.names(in: folder.path + "/new/deep") == ["A.swift", "B.swift"])
    #expect(try FileSystem.read(folder.path + "/new/deep/B.swift") == Array("b".utf8))
  }

  @Test func `an output folder that is a file is refused and left as it is`() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("taken", "mine")
    let error = try #require(throws: Diagnostics.self) { try files.write(to: path) }
    #expect(error.all.map(\.message) == ["expected a directory, found a file"])
    #expect(try FileSystem.read(path) == Array("mine".utf8))
    #expect(folder.names == ["taken"])
  }

  @Test func `where one file cannot be written, none is`() throws {
    let folder = try TemporaryFolder()
    _ = folder.makeFolder("out/")
    _ = folder.makeFolder("out/B.swift")
    try folder.write("out/A.swift", "old")
    #expect(throws: Diagnostics.self) { try files.write(to: folder.path + "/out") }
    #expect(try FileSystem.read(folder.path + "/out/A.swift") == Array("old".utf8))
    #expect(try FileSystem.names(in: folder.path + "/out") == ["A.swift", "B.swift"])
  }
}
