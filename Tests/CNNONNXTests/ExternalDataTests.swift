import CNNImport
import CNNONNX
import CNNRuntime
import CNNSpec
import CNNTestSupport
import Foundation
import Testing

/// Tensors in files beside the model.
struct ExternalDataTests {
  /// A model with the weights of a 1x1 convolution in another file.
  private func model(_ entries: [(String, String)]) -> ModelProto {
    let tensor = TensorProto(
      name: "w", dimensions: [2, 3, 1, 1], elementType: .float,
      content: .external(entries.map { StringStringEntry($0.0, $0.1) }))
    return SmallModels.model(
      [NodeProto("Conv", inputs: ["x", "w"], outputs: ["y"])], initializers: [tensor])
  }

  private func bytes(_ values: [Float]) -> [UInt8] {
    values.flatMap { value in (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> ($0 * 8)) } }
  }

  @Test func `a part of a file in the model's folder or below`() throws {
    let folder = try TemporaryFolder()
    let values: [Float] = [1, 2, 3, 4, 5, 6]
    try folder.write("data/w.bin", [9, 9, 9, 9, 9] + bytes(values) + [9])
    for entries in [[("offset", "5"), ("length", "24")], [("offset", "5")]] {
      let model = model([("location", "data/w.bin")] + entries)
      let network = try ImportedNetwork(ModelFile(bytes: model.bytes, name: "m.onnx", folder: folder.path))
      #expect(try network.weights()?.values(of: "w.weight") == values)
    }
  }

  @Test func `files elsewhere and parts that are not there are refused`() throws {
    let outside = try TemporaryFolder()
    try outside.write("w.bin", bytes([1, 2, 3, 4, 5, 6]))
    let folder = try TemporaryFolder()
    try folder.write("w.bin", bytes([1, 2, 3, 4, 5, 6]))
    let inside = folder.makeFolder("inside")
    symlink(outside.path + "/w.bin", inside + "/link.bin")
    symlink("/dev/zero", inside + "/zero.bin")
    try folder.write("inside/w.bin", bytes([1, 2, 3, 4, 5, 6]))
    let cases: [([(String, String)], String)] = [
      ([], "without a location"),
      ([("location", "../w.bin")], "which is not in the model's folder"),
      ([("location", "a/../../w.bin")], "which is not in the model's folder"),
      ([("location", outside.path + "/w.bin")], "which is not in the model's folder"),
      ([("location", "link.bin")], "which is not in the model's folder"),
      ([("location", "zero.bin")], "which is not in the model's folder"),
      ([("location", "none.bin")], "no such file"),
      ([("location", ".")], "which is not in the model's folder"),
      ([("location", "w.bin"), ("offset", "1")], "takes 24 bytes from byte 1 of `w.bin`, which has 24"),
      ([("location", "w.bin"), ("offset", "\(Int.max)")], "which has 24"),
      ([("location", "w.bin"), ("offset", "-4")], "is no number from 0"),
      ([("location", "w.bin"), ("length", "20")], "takes 24 bytes, but its external data has 20"),
      ([("location", "w.bin"), ("length", "many")], "is no number from 0"),
    ]
    for (entries, says) in cases {
      let finding = try ImportTests.refusal(model(entries), folder: inside)
      #expect(finding.code == .modelFile)
      #expect(finding.help.first?.contains(says) == true, "\(finding)")
    }
    #expect(
      try ImportTests.refusal(model([("location", "w.bin")])).help.first?.contains("has no folder") == true)
  }
}
