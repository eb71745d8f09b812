import CNNRuntime
import CNNSpec
import CNNTestSupport
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

  @Test(arguments: [("lenet5", "LeNet5"), ("resnet20-cifar", "ResNet20Cifar"), ("vgg-cifar", "VGGCifar")])
  func `the committed type is the emitter's`(name: String, type: String) throws {
    let folder = try TemporaryFolder()
    let result = try cnnc("emit \(name) --target swift --output \(folder.path) --quiet")
    #expect(result.status == 0, "\(result.errors)")
    #expect(folder.names == ["\(type).swift"])
    let emitted = try FileSystem.read("\(folder.path)/\(type).swift")
    let path = Repository.path("generated/\(name)/\(type).swift")
    if getenv("CNNC_UPDATE") != nil { try AtomicFile.write(emitted, to: path) }
    #expect(emitted == (try FileSystem.read(path)), "run CNNC_UPDATE=1 swift test --filter GeneratedTests")
  }

  /// Types that train: their folders, their specs there or among the shipped ones, and how they are emitted.
  @Test(arguments: [
    ("lenet5", "lenet5", "TrainableLeNet5", "--type-name TrainableLeNet5 --weights-in file"),
    ("small-regression", "small-regression.yaml", "SmallRegression", ""),
    ("small-residual", "small-residual.yaml", "SmallResidual", ""),
  ])
  func `the committed type that trains is the emitter's`(
    name: String, spec: String, type: String, options: String
  ) throws {
    let folder = try TemporaryFolder()
    let network = spec.hasSuffix(".yaml") ? Repository.path("generated/\(name)/\(spec)") : spec
    let result = try cnnc(
      "emit \(network) --target swift --training --output \(folder.path) --quiet \(options)")
    #expect(result.status == 0, "\(result.errors)")
    let emitted = try FileSystem.read("\(folder.path)/\(type).swift")
    let path = Repository.path("generated/\(name)/\(type).swift")
    if getenv("CNNC_UPDATE") != nil { try AtomicFile.write(emitted, to: path) }
    let isSame = try emitted == FileSystem.read(path)
    #expect(isSame, "run CNNC_UPDATE=1 swift test --filter GeneratedTests")
  }
}
