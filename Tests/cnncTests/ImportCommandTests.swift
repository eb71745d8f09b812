import CNNONNX
import CNNProtobuf
import CNNRuntime
import CNNSpec
import CNNTestSupport
import Testing

struct ImportCommandTests {
  /// A small classifier: 1x4x4 to 3 probabilities.
  static func model(_ extra: [NodeProto] = []) -> [UInt8] {
    func tensor(_ name: String, _ dimensions: [Int]) -> TensorProto {
      let count = dimensions.reduce(1, *)
      return TensorProto(name: name, dimensions, floats: (0..<count).map { Float($0 * 7 % 11 - 5) / 8 })
    }
    func info(_ name: String, _ dimensions: [Int]) -> ValueInfoProto {
      let shape = TensorShapeProto(dimensions.map { .size($0) })
      return ValueInfoProto(name, .tensor(elementType: 1, shape: shape))
    }
    var graph = GraphProto()
    graph.nodes =
      [
        NodeProto("Conv", inputs: ["x", "features.0.weight", "features.0.bias"], outputs: ["a"]),
        NodeProto("Relu", inputs: ["a"], outputs: ["b"]),
        NodeProto("Flatten", inputs: ["b"], outputs: ["c"]),
        NodeProto(
          "Gemm", inputs: ["c", "head.weight"], outputs: ["d"], attributes: [.init("transB", .integer(1))]),
      ] + extra + [NodeProto("Softmax", inputs: ["d"], outputs: ["y"])]
    graph.initializers = [
      tensor("features.0.weight", [2, 1, 3, 3]), tensor("features.0.bias", [2]),
      tensor("head.weight", [3, 8]),
    ]
    graph.inputs = [info("x", [1, 1, 4, 4])]
    graph.outputs = [info("y", [1, 3])]
    return ModelProto(operatorSet: 17, graph: graph).bytes
  }

  @Test func `a model becomes a spec and weights, which run to the same numbers as the model`() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("my net.onnx", Self.model())
    let image = try folder.write("x.npy", Make.npy([1, 4, 4], (0..<16).map { Float($0) / 16 }))
    let result = try Command.run(["import", path, "--output", folder.path + "/out"])
    #expect(result.status == 0 && result.errors.isEmpty, "\(result)")
    let files = ["yaml", "safetensors"].map { folder.path + "/out/my_net." + $0 }
    #expect(result.output.split(separator: "\n").map { $0.prefix { $0 != " " } }.map(String.init) == files)
    let spec = String(decoding: try FileSystem.read(files[0]), as: UTF8.self)
    #expect(
      spec.hasSuffix(
        "input: 1x4x4\nnetwork:\n  - conv:features_0(2, 3x3) - relu\n  - fc:head(3, bias=no) - softmax\n"))
    let capital = try folder.write("NET.ONNX", Self.model())
    for (name, network) in [("a", files[0]), ("b", path), ("c", capital)] {
      let run = try Command.run(["run", network, "--input", image, "--output", "\(folder.path)/\(name).npy"])
      #expect(run.status == 0 && run.errors.isEmpty, "\(run)")
    }
    let (a, b) = (try WrittenArray(folder.path + "/a.npy"), try WrittenArray(folder.path + "/b.npy"))
    #expect(a.shape == [1, 3] && a.values == b.values)
    #expect(abs(a.values.reduce(0, +) - 1) < 1e-6)
  }

  @Test func `two runs write the same bytes, and the JSON lists the files`() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("net.onnx", Self.model())
    var found: [[UInt8]] = []
    for name in ["a", "b"] {
      let result = try cnnc("import \(path) --output \(folder.path)/\(name) --json")
      let files = try #require(try result.object()["files"] as? [String])
      #expect(files == ["yaml", "safetensors"].map { "\(folder.path)/\(name)/net.\($0)" })
      found.append(try files.flatMap { try FileSystem.read($0) })
    }
    #expect(found[0] == found[1])
  }

  @Test func `the other commands take a model, too`() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("net.onnx", Self.model())
    let check = try cnnc("check \(path) --json").object()
    #expect(check["name"] as? String == "net" && check["ok"] as? Bool == true)
    #expect((check["totals"] as? [String: Any])?["parameters"] as? Int == 44)
    #expect(try cnnc("bench \(path) --json").object()["name"] as? String == "net")
    #expect(try cnnc("plan \(path)").status == 0)
  }

  @Test func `what is wrong is told, and nothing is written`() throws {
    let folder = try TemporaryFolder()
    let whole = Self.model()
    let cut = try folder.write("cut.onnx", Array(whole.dropLast(9)))
    let odd = try folder.write(
      "odd.onnx",
      Self.model(
        [NodeProto("GRU", name: "g", inputs: ["d"], outputs: ["e"])]
          + [NodeProto("Sum", inputs: ["e", "d"], outputs: ["f"])]))
    let used = try folder.write(
      "used.onnx", Self.model([NodeProto("GRU", name: "g", inputs: ["d"], outputs: ["y2"])]))
    let fine = try folder.write("fine.onnx", whole)
    let taken = try folder.write("taken", "mine")
    let before = folder.names
    let cases: [(model: String, output: String, says: String)] = [
      (cut, "out", "\(cut): error[model-file]"),
      (folder.path + "/none.onnx", "out", "error[unreadable-file]"),
      (fine, "taken", "expected a directory, found a file"), (taken, "out", "error[model-file]"),
    ]
    for (model, output, says) in cases {
      let result = try cnnc("import \(model) --output \(folder.path)/\(output)")
      #expect(result.status == 1 && result.output.isEmpty, "\(result)")
      #expect(result.errors.contains(says) && result.errors.contains("help:"), "\(result.errors)")
      #expect(folder.names == before)
    }
    // Nobody reads what the node computes.
    for model in [odd, used] {
      #expect(try cnnc("import \(model) --output \(folder.path)/\(model == odd ? "p" : "q")").status == 0)
    }
    #expect(try cnnc("import \(fine)").status == 64)
  }

  @Test func `nodes that are not supported stop run, check and import alike`() throws {
    let folder = try TemporaryFolder()
    var model = try ModelProto(from: ProtobufReader(ByteSlice(Self.model())))
    model.graph.nodes[1].operatorType = "Erf"
    let path = try folder.write("erf.onnx", model.bytes)
    for command in [
      "check \(path)", "run \(path) --input x.npy", "import \(path) --output \(folder.path)/out",
    ] {
      let result = try cnnc(command)
      #expect(result.status == 1, "\(result)")
      #expect(
        result.errors.contains("\(path): error[unsupported-model]: 1 node cannot be imported"), "\(result)")
      #expect(
        result.errors.contains("  help: `b` (Erf, opset 17): this operator is not supported"), "\(result)")
    }
    #expect(folder.names == ["erf.onnx"])
  }

  // MARK: A state dict

  /// A state dict of torchvision's names, in the order in which Python writes it.
  private static func stateDict(_ tensors: [(String, [Int])]) throws -> [UInt8] {
    let folder = try TemporaryFolder()
    let named = tensors.sorted { $0.0 < $1.0 }.map { name, dimensions in
      let count = dimensions.reduce(1, *)
      return NamedTensor(name, dimensions, (0..<count).map { Float($0 * 7 % 11 - 5) / 32 })
    }
    try SafetensorsWriter.write(named, to: folder.path + "/s.safetensors")
    return try FileSystem.read(folder.path + "/s.safetensors")
  }

  private static let lenet: [(String, [Int])] = [
    ("features.0.weight", [6, 1, 5, 5]), ("features.0.bias", [6]), ("features.3.weight", [16, 6, 5, 5]),
    ("features.3.bias", [16]), ("classifier.0.weight", [120, 400]), ("classifier.0.bias", [120]),
    ("classifier.2.weight", [84, 120]), ("classifier.2.bias", [84]), ("classifier.4.weight", [10, 84]),
    ("classifier.4.bias", [10]),
  ]

  @Test func `a state dict becomes a shipped network's weights, found by its layers`() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("le.safetensors", Self.stateDict(Self.lenet))
    let image = try folder.write("x.npy", Make.npy([1, 28, 28], (0..<784).map { Float($0) / 784 }))
    let result = try Command.run(["import", path, "--map", "torchvision", "--output", folder.path])
    #expect(result.status == 0, "\(result)")
    #expect(result.errors == "note: the modules are the layers of the shipped `lenet5`\n")
    #expect(
      result.output.split(separator: "\n").dropLast().map(String.init) == [
        "conv1  features.0", "conv2  features.3", "fc1    classifier.0", "fc2    classifier.2",
        "fc3    classifier.4",
      ])
    let run = try Command.run([
      "run", "lenet5", "--weights", folder.path + "/lenet5.safetensors", "--input", image, "--quiet",
    ])
    #expect(run.status == 0 && run.errors.isEmpty, "\(run)")
  }

  @Test func `with --spec a state dict is of that network, and JSON says layer for module`() throws {
    let folder = try TemporaryFolder()
    let spec = try folder.write("net.yaml", Array("input: 1x4x4\nnetwork: conv(2, 3) - fc(3)\n".utf8))
    let path = try folder.write(
      "s.safetensors",
      Self.stateDict([
        ("0.weight", [2, 1, 3, 3]), ("0.bias", [2]), ("2.weight", [3, 8]), ("2.bias", [3]),
      ]))
    let result = try Command.run([
      "import", path, "--spec", spec, "--output", folder.path + "/out", "--json",
    ])
    let file = folder.path + "/out/net.safetensors"
    #expect(result.status == 0 && result.errors.isEmpty, "\(result)")
    #expect(
      result.output
        == #"{"files": ["\#(file)"], "spec": "\#(spec)", "layers": [{"layer": "conv1", "module": "0"}, "#
        + #"{"layer": "fc1", "module": "2"}]}"# + "\n")
    #expect(
      try Command.run(["run", spec, "--weights", file, "--input", image(folder), "--quiet"]).status == 0)
  }

  private func image(_ folder: TemporaryFolder) throws -> String {
    try folder.write("image.npy", Make.npy([1, 4, 4], (0..<16).map { Float($0) / 16 }))
  }

  @Test func `a state dict that is of no network writes nothing`() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(
      "s.safetensors", Self.stateDict(Self.lenet.dropLast(2) + [("fc.weight", [3, 3])]))
    for arguments in [["--map", "torchvision"], ["--spec", "lenet5"]] {
      let result = try Command.run(["import", path, "--output", folder.path + "/out"] + arguments)
      #expect(result.status == 1 && result.errors.contains("error[weights-mismatch]"), "\(result)")
      #expect(FileSystem.kind(of: folder.path + "/out") == nil)
    }
  }

  @Test(arguments: [
    ["s.safetensors"], ["s.safetensors", "--map", "order"], ["m.onnx", "--spec", "lenet5"],
    ["m.onnx", "--map", "torchvision"], ["m.onnx", "--where", "N=2"], ["s.safetensors", "--map", "keras"],
  ])
  func `flags of a state dict stand with a state dict`(arguments: [String]) throws {
    #expect(try Command.run(["import", "--output", "out"] + arguments).status == 64)
  }
}
