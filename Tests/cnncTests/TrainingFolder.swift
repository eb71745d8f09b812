import CNNSpec
import CNNTestSupport
import Foundation
import Testing

/// A data set of three classes that is learned at once, a spec for it, and the folders of runs.
final class TrainingFolder {
  let folder: TemporaryFolder
  var path: String { folder.path }

  static let network =
    "conv:conv1(4, 3x3, pad=1) - bn:bn1 - relu - maxpool(2) - dropout(0.2) - fc:fc1(3) - softmax"

  /// 243 parameters in 8 tensors.
  static let spec = """
    input: 1x8x8
    network: \(network)
    preprocess: {scale: 1/255, mean: 0.3, std: 0.3}
    train:
      epochs: 4
      batch: 16
      optimizer: {sgd: {learning_rate: 0.1, momentum: 0.9, weight_decay: 5e-4}}

    """

  /// - Parameters:
  ///   - images: of the training half; the test half has 30.
  ///   - recipe: more lines of the spec's `train`, or in place of its own.
  init(images: Int = 60, recipe: String...) throws {
    folder = try TemporaryFolder()
    try writeSpec(recipe: recipe)
    try writeData("train", images, seed: 1)
    try writeData("t10k", 30, seed: 2)
  }

  /// - Parameter changes: texts of the spec and what replaces them.
  func writeSpec(_ name: String = "k.yaml", recipe: [String] = [], changing changes: [String: String] = [:])
    throws
  {
    let keys = recipe.compactMap { $0.split(separator: ":").first }
    var lines = Self.spec.split(separator: "\n").filter { line in
      !keys.contains { line.hasPrefix("  \($0):") }
    }.map(String.init)
    lines += recipe.map { "  " + $0 }
    var text = lines.joined(separator: "\n") + "\n"
    for (old, new) in changes {
      try #require(text.contains(old))
      text = text.replacingOccurrences(of: old, with: new)
    }
    try folder.write(name, text)
  }

  /// Gray noise with a bright band: above, in the middle or below.
  func writeData(_ split: String, _ count: Int, seed: Int, to name: String = "data", classes: Int = 3) throws
  {
    try folder.write("\(name)/\(split)-images-idx3-ubyte", Self.images(count, seed: seed))
    try folder.write(
      "\(name)/\(split)-labels-idx1-ubyte", Make.idx([count], (0..<count).map { UInt8($0 % classes) }))
  }

  static func images(_ count: Int, seed: Int) -> [UInt8] {
    var state = UInt32(seed)
    let pixels = (0..<count * 64).map { place in
      state = state &* 1_664_525 &+ 1_013_904_223
      let isBright = place % 64 / 8 * 3 / 8 == place / 64 % 3
      return UInt8(state >> 24) / 4 + (isBright ? 150 : 0)
    }
    return Make.idx([count, 8, 8], pixels)
  }

  /// The command line of a run.
  func arguments(
    _ options: String = "", output: String = "out", spec: String = "k.yaml", data: String = "data"
  ) -> [String] {
    ["train", "\(path)/\(spec)", "--data", "\(path)/\(data)", "--output", "\(path)/\(output)"]
      + options.split(separator: " ").map(String.init)
  }

  func train(
    _ options: String = "", output: String = "out", spec: String = "k.yaml", data: String = "data"
  ) throws -> CommandResult {
    try Command.run(arguments(options, output: output, spec: spec, data: data))
  }

  /// A run to its end.
  func finish(
    _ options: String = "", output: String = "out", spec: String = "k.yaml",
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let result = try train(options, output: output, spec: spec)
    try #require(result.status == 0, "\(result)", sourceLocation: sourceLocation)
  }

  /// The bytes of all files of a run but its lock; none for a folder that is not there.
  func files(_ output: String = "out") throws -> [String: [UInt8]] {
    var files: [String: [UInt8]] = [:]
    let manager = FileManager.default
    for name in (try? manager.contentsOfDirectory(atPath: "\(path)/\(output)")) ?? [] where name != ".lock" {
      files[name] = try FileSystem.read("\(path)/\(output)/\(name)")
    }
    return files
  }

  func saved(_ name: String, _ output: String = "out") throws -> SavedTensors {
    try SavedTensors(FileSystem.read("\(path)/\(output)/\(name).safetensors"))
  }

  /// The lines of the metrics file.
  func metrics(_ output: String = "out") throws -> [MetricsLine] {
    let text = String(decoding: try FileSystem.read("\(path)/\(output)/metrics.jsonl"), as: UTF8.self)
    #expect(text.hasSuffix("\n"))
    return try text.split(separator: "\n").map { try MetricsLine(String($0)) }
  }

  /// Lines that are in the metrics file now, whole or not.
  func lineCount(_ output: String = "out") -> Int {
    ((try? FileSystem.read("\(path)/\(output)/metrics.jsonl")) ?? []).count { $0 == UInt8(ascii: "\n") }
  }

  /// Expects what another run left, but for its speed; nothing else is in the folder.
  func expectSame(
    _ output: String, as reference: String, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let (files, expected) = (try files(output), try files(reference))
    #expect(files.keys.sorted() == expected.keys.sorted(), sourceLocation: sourceLocation)
    for name in ["last.safetensors", "best.safetensors"] {
      #expect(files[name] != nil && files[name] == expected[name], "\(name)", sourceLocation: sourceLocation)
    }
    #expect(try metrics(output) == metrics(reference), sourceLocation: sourceLocation)
    let (state, other) = (try saved("checkpoint", output), try saved("checkpoint", reference))
    #expect(state.tensors == other.tensors, sourceLocation: sourceLocation)
  }
}

/// A line of the metrics file without the speed.
struct MetricsLine: Equatable {
  var epoch: Int
  var step: Int
  var split: String
  var loss: Double
  var accuracy: Double
  var learningRate: Double
  var weights: String

  init(_ text: String) throws {
    let line = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    #expect(
      Set(line.keys) == [
        "epoch", "step", "loss", "accuracy", "learning_rate", "images_per_second", "split", "weights",
      ])
    #expect(try #require(line["images_per_second"] as? Double) > 0)
    epoch = try #require(line["epoch"] as? Int)
    step = try #require(line["step"] as? Int)
    split = try #require(line["split"] as? String)
    loss = try #require(line["loss"] as? Double)
    accuracy = try #require(line["accuracy"] as? Double)
    learningRate = try #require(line["learning_rate"] as? Double)
    weights = try #require(line["weights"] as? String)
  }
}

/// A safetensors file taken apart.
struct SavedTensors {
  /// The bytes of each tensor.
  var tensors: [String: [UInt8]] = [:]
  /// `__metadata__`.
  var texts: [String: String] = [:]
  private let header: String
  private let data: [UInt8]

  init(_ bytes: [UInt8]) throws {
    try #require(bytes.count >= 8)
    let end = 8 + bytes[..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
    try #require(end <= bytes.count)
    header = String(decoding: bytes[8..<end], as: UTF8.self)
    data = Array(bytes[end...])
    let members = try #require(try JSONSerialization.jsonObject(with: Data(header.utf8)) as? [String: Any])
    for (name, value) in members {
      if name == "__metadata__" {
        texts = try #require(value as? [String: String])
        continue
      }
      let range = try #require((value as? [String: Any])?["data_offsets"] as? [Int])
      tensors[name] = Array(data[range[0]..<range[1]])
    }
  }

  /// The file with another text in its metadata.
  func setting(_ key: String, to value: String) throws -> [UInt8] {
    let old = "\"\(key)\":\"\(try #require(texts[key]))\""
    try #require(header.contains(old))
    return Make.safetensors(header.replacingOccurrences(of: old, with: "\"\(key)\":\"\(value)\""), data)
  }

  /// The file with the first element of a tensor that is not a number.
  func poisoned(_ name: String) throws -> [UInt8] {
    var data = data
    let tensor = try #require(tensors[name])
    let start = try #require(data.indices.first { Array(data[$0...].prefix(tensor.count)) == tensor })
    data.replaceSubrange(start..<start + 4, with: [0, 0, 0xC0, 0x7F])
    return Make.safetensors(header, data)
  }
}
