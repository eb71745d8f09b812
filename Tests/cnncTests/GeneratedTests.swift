import CNNRuntime
import CNNSpec
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// `generated/NAME` holds what the compiler makes of some specs, so that a change in it shows as a diff.
struct GeneratedTests {
  @Test(arguments: ["lenet5", "resnet20-cifar", "vgg-cifar"])
  func `the committed plan is the compiler's`(name: String) throws {
    // Predicted times are those of the narrowest instruction set, the same on all machines.
    let isa = try #require(Machine.isas.last)
    let result = try Command.run(["plan", name, "--quiet"], environment: ["CNNC_ISA": isa])
    #expect(result.status == 0)
    let path = Repository.path("generated/\(name)/plan.txt")
    if getenv("CNNC_UPDATE") != nil { try AtomicFile.write(Array(result.output.utf8), to: path) }
    let committed = String(decoding: try FileSystem.read(path), as: UTF8.self)
    #expect(result.output == committed, "run CNNC_UPDATE=1 swift test --filter GeneratedTests")
  }
}
