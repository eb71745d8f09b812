import CNNSpec
import CNNTestSupport
import Testing

/// The tool that the plugin runs.
struct EmitSpecTests {
  private static let small = "input: 1x4x4\nnetwork: fc(2)\n"

  private func emit(_ arguments: [String]) throws -> CommandResult {
    try Command.run(arguments, tool: "emit-spec")
  }

  @Test func `a spec becomes a type in a file of the spec's name, its weights with it`() throws {
    let folder = try TemporaryFolder()
    let spec = try folder.write("lenet5.yaml", FileSystem.read(Repository.path("specs/lenet5.yaml")))
    try folder.write("lenet5.safetensors", FileSystem.read(Repository.path("specs/lenet5.safetensors")))
    let result = try emit(["--output", "\(folder.path)/out", spec])
    #expect(result.status == 0 && result.errors.isEmpty, "\(result.errors)")
    #expect(try FileSystem.names(in: "\(folder.path)/out") == ["lenet5.swift"])
    let committed = try FileSystem.read(Repository.path("generated/lenet5/LeNet5.swift"))
    #expect(try FileSystem.read("\(folder.path)/out/lenet5.swift") == committed)
    #expect(try emit(["--output", "\(folder.path)/out", "--weights-in", "file", spec]).status == 0)
    #expect(try FileSystem.names(in: "\(folder.path)/out") == ["lenet5.swift", "lenet5.weights"])
  }

  @Test func `a broken spec is an error at its line and column, and nothing is written`() throws {
    let folder = try TemporaryFolder()
    let good = try folder.write("good.yaml", Self.small)
    let bad = try folder.write("bad.yaml", "input: 1x8x8\nnetwork:\n  - conv(4, 9x9)\n")
    let result = try emit(["--output", "\(folder.path)/out", good, bad])
    #expect(result.status == 1)
    #expect(result.errors.hasPrefix("\(bad):3:5: error: "), "\(result.errors)")
    #expect(FileSystem.kind(of: "\(folder.path)/out") == nil)
  }

  @Test func `two specs of one type's name are refused`() throws {
    let folder = try TemporaryFolder()
    let specs = try ["my-net.yaml", "my_net.yaml"].map { try folder.write($0, Self.small) }
    let result = try emit(["--output", "\(folder.path)/out"] + specs)
    #expect(result.status == 1)
    #expect(
      result.errors.hasPrefix(
        "\(specs[1]):1:1: error: the type `MyNet` would be made of this spec and of \(specs[0])"))
  }

  @Test func `two specs of one file's name are refused`() throws {
    let folder = try TemporaryFolder()
    let specs = try ["net.yaml", "Net.yml"].enumerated().map {
      try folder.write($1, "name: network\($0)\n" + Self.small)
    }
    let result = try emit(["--output", "\(folder.path)/out"] + specs)
    #expect(result.status == 1)
    #expect(
      result.errors.hasPrefix("\(specs[1]):1:1: error: the file Net.swift would be made of"),
      "\(result.errors)")
  }

  @Test func `weights that do not fit are refused at their file`() throws {
    let folder = try TemporaryFolder()
    let spec = try folder.write("net.yaml", Self.small)
    let weights = try folder.write(
      "net.safetensors", FileSystem.read(Repository.path("specs/lenet5.safetensors")))
    let result = try emit(["--output", "\(folder.path)/out", spec])
    #expect(result.status == 1)
    #expect(result.errors.hasPrefix("\(weights):1:1: error: "), "\(result.errors)")
    #expect(
      result.errors.contains(
        "\n\(weights):1:1: note: wrong shape: fc1.weight is [120, 400], expected [2, 16]\n"))
  }

  @Test(arguments: [[], ["--output"], ["--output", "x"], ["x.yaml"], ["--output", "x", "--what", "y.yaml"]])
  func `a wrong command line is refused`(arguments: [String]) throws {
    #expect(try emit(arguments).status == 64)
  }
}
