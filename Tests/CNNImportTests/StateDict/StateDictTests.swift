import CNNGraph
import CNNImport
import CNNRuntime
import CNNSpec
import CNNTestSupport
import Testing

struct StateDictTests {
  private static func dict(_ tensors: [(String, [Int])]) throws -> StateDict {
    let named = tensors.enumerated().map { index, tensor in
      NamedTensor(
        tensor.0, tensor.1, [Float](repeating: Float(index), count: tensor.1.reduce(1, *)))
    }
    let folder = try TemporaryFolder()
    try SafetensorsWriter.write(named, to: folder.path + "/s.safetensors")
    return StateDict(
      try SafetensorsFile(bytes: FileSystem.read(folder.path + "/s.safetensors"), name: "s.safetensors"))
  }

  private static func network(_ text: String) throws -> CheckedNetwork {
    try SpecSource(text: SourceText(name: "n.yaml", text), folder: ".").report().single().0
  }

  private static func findings(_ work: () throws -> Void) -> Diagnostic? {
    do {
      try work()
      return nil
    } catch { return (error as? Diagnostics)?.all.first }
  }

  @Test(arguments: [
    // As Python writes it: the alphabet says nothing, numbers are numbers.
    (["f.0", "f.10", "f.2", "g"], ["f.0", "f.2", "f.10", "g"]),
    (["a007", "a7", "a70"], ["a007", "a7", "a70"]),
    // In another order: that is the definition's.
    (["stem", "body.1", "body.0", "head"], ["stem", "body.1", "body.0", "head"]),
    (["0001.bn", "0000.conv"], ["0001.bn", "0000.conv"]),
    (["2", "10", "1"], ["2", "10", "1"]),
  ])
  func `modules come in the file's order, or with numbers as numbers`(paths: [String], expected: [String])
    throws
  {
    let dict = try Self.dict(paths.map { ("\($0).weight", [1]) })
    #expect(try dict.modules(by: .order).modules.map(\.path) == expected)
  }

  private static let net = "input: 1x4x4\nnetwork: conv(2, 3x3) - bn - relu - fc(3)\n"
  private static let tensors: [(String, [Int])] = [
    ("0.bias", [2]), ("0.weight", [2, 1, 3, 3]), ("1.bias", [2]), ("1.num_batches_tracked", [1]),
    ("1.running_mean", [2]), ("1.running_var", [2]), ("1.weight", [2]), ("4.bias", [3]),
    ("4.weight", [3, 8]),
  ]

  @Test func `modules become layers, and their tensors the network's weights`() throws {
    let match = try StateDictMatch(
      Self.dict(Self.tensors), Self.network(Self.net), by: .order)
    #expect(match.pairs.map { "\($0.layer)=\($0.module)" } == ["conv1=0", "bn1=1", "fc1=4"])
    let folder = try TemporaryFolder()
    try match.write("w.safetensors", in: folder.path + "/new")
    let weights = try SafetensorsFile(folder.path + "/new/w.safetensors")
    // Each tensor's elements are its place in the state dict.
    let expected: [(String, Float, Int)] = [
      ("conv1.weight", 1, 18), ("conv1.bias", 0, 2), ("bn1.weight", 6, 2), ("bn1.bias", 2, 2),
      ("bn1.running_mean", 4, 2), ("bn1.running_var", 5, 2), ("fc1.weight", 8, 24), ("fc1.bias", 7, 3),
    ]
    #expect(weights.tensors.map(\.name) == expected.map(\.0))
    for (tensor, (_, value, count)) in zip(weights.tensors, expected) {
      #expect(weights.values(of: tensor) == [Float](repeating: value, count: count))
    }
  }

  /// Python puts wide types first, and each type in the order of the alphabet.
  @Test func `numbers of 16 and 64 bits become float32, and modules of several types are in order`() throws {
    let header = #"""
      {"10.bias":{"dtype":"F64","shape":[2],"data_offsets":[0,16]},
      "2.bias":{"dtype":"F32","shape":[2],"data_offsets":[16,24]},
      "10.weight":{"dtype":"F16","shape":[2,2],"data_offsets":[24,32]},
      "2.weight":{"dtype":"BF16","shape":[2,2],"data_offsets":[32,40]}}
      """#
    func bytes(_ values: [some FixedWidthInteger]) -> [UInt8] {
      values.flatMap { value in withUnsafeBytes(of: value.littleEndian) { Array($0) } }
    }
    let data =
      bytes([0.1, -3].map(\Double.bitPattern)) + bytes([7, -0.5].map(\Float.bitPattern))
      + bytes([0x3C00, 0xC100, 0x0001, 0x7BFF] as [UInt16])
      + bytes([0x3F80, 0xC020, 0x0000, 0x4049] as [UInt16])
    let file = try SafetensorsFile(
      bytes: bytes([UInt64(header.utf8.count)]) + Array(header.utf8) + data, name: "s.safetensors",
      types: StateDict.elementTypes)
    let network = try Self.network("input: 2x1x1\nnetwork: fc(2) - fc(2)\n")
    let match = try StateDictMatch(StateDict(file), network, by: .order)
    #expect(match.pairs.map { "\($0.layer)=\($0.module)" } == ["fc1=2", "fc2=10"])
    let folder = try TemporaryFolder()
    try match.write("w.safetensors", in: folder.path)
    let weights = try SafetensorsFile(folder.path + "/w.safetensors")
    #expect(weights.tensors.map(\.name) == ["fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias"])
    #expect(
      weights.tensors.map(weights.values) == [
        [1, -2.5, 0, 3.140625], [7, -0.5], [1, -2.5, 0x1p-24, 65504], [Float(0.1), -3],
      ])
  }

  @Test func `modules that are called like the layers are those`() throws {
    let dict = try Self.dict([
      ("fc1.weight", [2, 2]), ("fc2.weight", [2, 2]), ("conv.weight", [1, 1, 1, 1]),
    ])
    let network = try Self.network(
      "input: 1x1x2\nnetwork: conv:conv(1, 1, bias=no) - fc:fc2(2, bias=no) - fc:fc1(2, bias=no)\n")
    let match = try StateDictMatch(dict, network, by: .order)
    #expect(match.pairs.allSatisfy { $0.layer == $0.module })
  }

  @Test func `shapes that do not fit are listed, all of them`() throws {
    var tensors = Self.tensors
    tensors[1].1 = [2, 1, 5, 5]
    tensors[8].1 = [3, 9]
    tensors.remove(at: 5)
    tensors.append(("4.scale", [1]))
    let (dict, network) = (try Self.dict(tensors), try Self.network(Self.net))
    let finding = Self.findings { _ = try StateDictMatch(dict, network, by: .order) }
    #expect(finding?.code == .weightsMismatch && finding?.place == .file("s.safetensors"))
    #expect(finding?.message == "4 tensors do not fit, module for layer")
    #expect(
      finding?.help == [
        "conv1.weight is [2, 1, 3, 3], 0.weight is [2, 1, 5, 5]", "bn1 takes 1, which has no running_var",
        "fc1.weight is [3, 8], 4.weight is [3, 9]", "fc1 has no scale, as 4 has",
      ])
  }

  @Test(arguments: [
    (2, "no module is left for fc1"), (4, "no layer is left for 5"),
  ])
  func `as many modules as layers`(count: Int, help: String) throws {
    let kept = Self.tensors.filter { $0.0 < "\(count)" && !$0.0.hasPrefix("4") || count > 2 }
    let dict = try Self.dict(count == 4 ? kept + [("5.weight", [1])] : kept)
    let network = try Self.network(Self.net)
    let finding = Self.findings { _ = try StateDictMatch(dict, network, by: .order) }
    #expect(
      finding?.message
        == "the network has 3 layers with weights, the file has \(count == 4 ? 4 : 2) modules")
    #expect(finding?.help == [help])
  }

  @Test func `names that torchvision does not have are listed`() throws {
    let dict = try Self.dict([("conv1.weight", [1]), ("backbone.0.weight", [1]), ("scale", [1])])
    let finding = Self.findings { _ = try dict.modules(by: .torchvision) }
    #expect(finding?.message == "2 of 3 modules have no name of torchvision's networks")
    #expect(finding?.help == ["backbone.0", "a tensor without a module"])
  }

  @Test func `auxiliary heads are left out`() throws {
    let dict = try Self.dict([("aux1.conv.conv.weight", [1]), ("conv1.conv.weight", [1])])
    let (modules, leftOut) = try dict.modules(by: .torchvision)
    #expect(modules.map(\.path) == ["conv1.conv"] && leftOut == ["aux1.conv.conv"])
  }
}
