import CNNONNX
import CNNSpec
import CNNTestSupport
import Testing

struct ExportCommandTests {
  @Test func `a shipped spec becomes a model that runs to the same bits`() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/boots.onnx"
    let result = try cnnc("export lenet5 --output \(path)")
    #expect(result.status == 0 && result.errors.isEmpty, "\(result)")
    #expect(result.output.hasPrefix(path + "  24"), "\(result)")
    let input = Repository.path("specs/lenet5.png")
    for (name, network) in [("a", "lenet5"), ("b", path)] {
      let run = try cnnc("run \(network) --input \(input) --output \(folder.path)/\(name).npy")
      #expect(run.status == 0 && run.errors.isEmpty, "\(run)")
      #expect(run.output.contains("Ankle boot"), "\(run)")
    }
    let arrays = try ["a", "b"].map { try WrittenArray("\(folder.path)/\($0).npy").values }
    #expect(arrays[0] == arrays[1])
  }

  @Test func `a model is exported again, to the same bytes each time`() throws {
    let folder = try TemporaryFolder()
    let model = try folder.write("net.onnx", ImportCommandTests.model())
    var found: [[UInt8]] = []
    for name in ["a", "b"] {
      let path = "\(folder.path)/\(name).onnx"
      let result = try cnnc("export \(model) --output \(path) --json")
      #expect(try result.object()["files"] as? [String] == [path])
      found.append(try FileSystem.read(path))
    }
    #expect(found[0] == found[1])
    // Its own target, too: what is read is mapped, and replaced at the end.
    #expect(try cnnc("export \(folder.path)/a.onnx --output \(folder.path)/a.onnx").status == 0)
    let graph = try ModelFile(path: folder.path + "/a.onnx").model.graph
    #expect(graph.nodes.map(\.operatorType) == ["Conv", "Relu", "Flatten", "Gemm", "Softmax"])
    #expect(
      graph.initializers.map(\.name) == ["features_0.weight", "features_0.bias", "head.weight"])
  }

  @Test func `weights that are drawn are told of, and the seed decides them`() throws {
    let folder = try TemporaryFolder()
    let spec = try folder.write("s.yaml", "input: 1x4x4\nnetwork: conv(2, 3) - fc(3)")
    func bytes(_ options: String) throws -> [UInt8] {
      let result = try cnnc("export \(spec) --output \(folder.path)/s.onnx \(options)")
      #expect(result.status == 0, "\(result)")
      #expect(result.errors.contains("drawn from seed") == !options.contains("--quiet"), "\(result)")
      return try FileSystem.read(folder.path + "/s.onnx")
    }
    let first = try bytes("")
    #expect(try bytes("--seed 1 --quiet") == first)
    #expect(try bytes("--seed 2") != first)
  }

  @Test func `what is wrong is told, and nothing is written`() throws {
    let folder = try TemporaryFolder()
    let spec = try folder.write("s.yaml", "input: 1x4x4\nnetwork: conv(2, 3) - fc(3)")
    let bad = try folder.write("bad.yaml", "input: 1x4x4\nnetwork: conv(2, 5)")
    let before = folder.names
    let out = folder.path + "/m.onnx"
    let cases: [(command: String, says: String)] = [
      ("export \(bad) --output \(out)", "error[window-too-large]"),
      ("export \(spec) --weights \(spec) --output \(out)", "error[weights-file]"),
      ("export \(spec) --output \(folder.path)/none/m.onnx --quiet", "error[output-file]"),
      ("export lecture --output \(out)", "error[choose-member]"),
    ]
    for (command, says) in cases {
      let result = try cnnc(command)
      #expect(result.status == 1 && result.output.isEmpty, "\(result)")
      #expect(result.errors.contains(says) && result.errors.contains("help:"), "\(result.errors)")
      #expect(folder.names == before)
    }
    for command in [
      "export \(spec)", "export --output \(out)", "export \(spec) --output \(folder.path)/m.yaml",
      "export \(spec) --output \(out) --batch 2",
    ] {
      #expect(try cnnc(command).status == 64)
    }
  }
}
