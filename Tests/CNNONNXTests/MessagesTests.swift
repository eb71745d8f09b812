import CNNONNX
import CNNProtobuf
import CNNSpec
import CNNTestSupport
import Testing

struct MessagesTests {
  private func read(_ bytes: [UInt8]) throws -> ModelProto {
    try ModelProto(from: ProtobufReader(ByteSlice(bytes)))
  }

  @Test func `what is written is read, and written again the same`() throws {
    let bytes = SmallModels.everyMessage.bytes
    let model = try read(bytes)
    #expect(model.bytes == bytes)
    #expect(model.operatorSet == 17)
    #expect(model.producerName == "tests" && model.metadata == [StringStringEntry("key", "value")])
    let node = try #require(model.graph.nodes.first)
    #expect(node.operatorType == "Conv" && node.isOfONNX && node.inputs == ["x", "w", ""])
    #expect(node.attributes.map(\.name) == ["f", "i", "s", "t", "fs", "is", "ss"])
    guard case .integers(let integers) = node.attributes[5].value else {
      Issue.record("no integers")
      return
    }
    #expect(integers == [1, -2])
    #expect(model.graph.initializers.map(\.dimensions) == [[2, 3], [2], [3], [4]])
    guard case .tensor(1, let shape) = model.graph.inputs[0].type else {
      Issue.record("no tensor")
      return
    }
    #expect(shape?.dimensions == [.symbol("N"), .size(3), .size(8), .size(8)])
  }

  @Test func `fields in another order and unknown ones change nothing`() throws {
    let model = SmallModels.everyMessage
    var writer = ProtobufWriter()
    writer.string(1000, "from the future")
    for set in model.operatorSets { writer.message(8, set.write) }
    writer.message(7, model.graph.write)
    writer.integer(99, 7)
    writer.integer(1, model.irVersion)
    writer.optionalString(2, "tests")
    writer.optionalString(3, "1")
    for entry in model.metadata { writer.message(14, entry.write) }
    #expect(try read(writer.bytes).bytes == model.bytes)
  }

  @Test func `an attribute whose type is left out is told by its value`() throws {
    var writer = ProtobufWriter()
    writer.string(1, "pads")
    writer.packedIntegers(8, [1, 2])
    let attribute = try AttributeProto(from: ProtobufReader(ByteSlice(writer.bytes)))
    guard case .integers([1, 2]) = attribute.value else {
      Issue.record("\(attribute.value)")
      return
    }
  }

  static let noModels: [(String, [UInt8], String)] = [
    ("empty", [], "found an empty file"),
    ("text", Array("network: fc(3)".utf8), "is not what the format says"),
    ("a tensor", [8, 2, 16, 1], "is not what the format says"), ("another message", [0x10, 1], "expected a"),
    ("cut", Array(SmallModels.everyMessage.bytes.dropLast(3)), "is not what the format says"),
  ]

  @Test(arguments: noModels) func `files that are no models`(_: String, bytes: [UInt8], says: String) throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("m.onnx", bytes)
    let error = try #require(throws: Diagnostics.self) { try ModelFile(path: path) }
    #expect(error.all.map(\.code) == [.modelFile])
    #expect(error.all[0].place == .file(path))
    #expect(error.all[0].message.contains(says), "\(error)")
  }

  @Test func `a file that is missing and a folder`() throws {
    let folder = try TemporaryFolder()
    for path in [folder.path + "/none.onnx", folder.path] {
      let error = try #require(throws: Diagnostics.self) { try ModelFile(path: path) }
      #expect(error.all.map(\.code) == [.unreadableFile])
    }
  }

  @Test func `no bytes trap, and every model ends or is refused`() {
    var numbers = SeededNumbers(seed: 1)
    let whole = SmallModels.everyMessage.bytes
    for round in 0..<4000 {
      var bytes = whole
      for _ in 0...Int.random(in: 0..<6, using: &numbers) {
        let place = Int.random(in: 0..<bytes.count, using: &numbers)
        switch Int.random(in: 0..<3, using: &numbers) {
        case 0: bytes[place] = UInt8.random(in: 0...255, using: &numbers)
        case 1: bytes.remove(at: place)
        default: bytes.insert(UInt8.random(in: 0...255, using: &numbers), at: place)
        }
      }
      if round % 3 == 0 { bytes.removeLast(Int.random(in: 0..<bytes.count, using: &numbers)) }
      _ = try? ModelProto(from: ProtobufReader(ByteSlice(bytes)))
    }
  }
}
