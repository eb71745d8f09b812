import CNNSpec
import CNNTestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// `generated/NAME` holds the C of some specs.
struct GeneratedCTests {
  @Test(arguments: ["lenet5", "resnet20-cifar", "vgg-cifar"])
  func `the committed C is the emitter's`(name: String) throws {
    let folder = try TemporaryFolder()
    let result = try Command.run(["emit", name, "--target", "c", "--output", folder.path, "--quiet"])
    #expect(result.status == 0, "\(result.errors)")
    let identifier = name.replacing("-", with: "_")
    #expect(folder.names.filter { $0 != "stdin" } == ["\(identifier).c", "\(identifier).h"])
    for file in ["\(identifier).c", "\(identifier).h"] {
      let found = try FileSystem.read(folder.path + "/" + file)
      let path = Repository.path("generated/\(name)/\(file)")
      if getenv("CNNC_UPDATE") != nil { try AtomicFile.write(found, to: path) }
      let isSame = try FileSystem.read(path) == found
      #expect(isSame, "run CNNC_UPDATE=1 swift test --filter GeneratedCTests")
    }
  }
}
