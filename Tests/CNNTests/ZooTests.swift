import CNNEmbedding
import CNNGraph
import CNNImages
import CNNPasses
import CNNPlan
import CNNRuntime
import CNNSpec
import Foundation
import Testing

@testable import CNN

/// Classic networks with weights from a formula, against logits that PyTorch computed in float64.
struct ReferenceDataTests {
  struct Reference: Decodable {
    var input: [Int]
    var parameters: Int
    var logits: [[Double]]

    init(_ name: String) throws {
      let data = try Data(contentsOf: URL(filePath: Fixtures.zoo(name + ".json")))
      self = try JSONDecoder().decode(Reference.self, from: data)
    }
  }

  /// A network with its formula weights, to be compiled in several ways.
  struct Subject {
    let model: Model
    let reference: Reference
    let weights: Weights

    init(_ name: String) throws {
      model = try Fixtures.model(name)
      reference = try Reference(name)
      weights = try Formula.weights(model.network)
    }

    /// max|y - reference| / max|reference| over the logits of the batch.
    func error(_ passes: [Pass]) throws -> Double {
      let batch = reference.input[0]
      let compiled = try model.compile(
        weights: .tensors(weights), batch: batch, returning: [model.logits.name], passes: passes)
      var session = try compiled.makeSession()
      let found = try session.run(Formula.input(count: reference.input.reduce(1, *)))
      let expected = reference.logits.flatMap(\.self)
      guard found.count == expected.count else { return .infinity }
      let largest = expected.map(abs).max() ?? 0
      return zip(found, expected).map { abs(Double($0) - $1) / largest }.reduce(0) {
        $1.isNaN ? .infinity : max($0, $1)
      }
    }
  }

  static let small = ["lenet5"]
  static let large = [
    "vgg-cifar", "alexnet-torchvision", "vgg16", "googlenet-torchvision", "resnet18", "resnet50",
  ]

  private func check(_ name: String, _ pipelines: [(String, [Pass])]) throws {
    let subject = try Subject(name)
    #expect(subject.model.parameterCount == subject.reference.parameters)
    #expect(subject.model.inputShape == Array(subject.reference.input.dropFirst()))
    for (label, passes) in pipelines {
      let clock = ContinuousClock()
      let start = clock.now
      let error = try subject.error(passes)
      #expect(error < 1e-4, "\(name), \(label)")
      print("\(name), \(label): relative error \(error), \((clock.now - start) / .seconds(1)) s")
    }
  }

  private static let plain: [(String, [Pass])] = [
    ("all passes", .inference(batch: 2)),
    ("exact", .inference(batch: 2, options: EngineOptions(isExact: true))),
    ("row-major", .simplification), ("no passes", []),
  ]

  /// Each pass left out, and other orders.
  private static var others: [(String, [Pass])] {
    let all = [Pass].simplification
    var pipelines = all.indices.map { index in
      var passes = all
      passes.remove(at: index)
      return ("without \(all[index].name)", passes)
    }
    pipelines.append(("backwards", all.reversed()))
    pipelines.append(
      ("functions first", [.fuseActivation, .removeIdentities, .foldBatchNorm, .fuseResidualAdd]))
    pipelines.append(
      ("additions first", [.fuseResidualAdd, .foldBatchNorm, .fuseActivation, .removeDeadCode]))
    pipelines.append(("twice", all + all))
    return pipelines
  }

  @Test(arguments: small) func `logits of small networks`(name: String) throws {
    try check(name, Self.plain + Self.others)
  }

  @Test(.enabled(if: Fixtures.isOptimized, "slow without optimisation"), arguments: large)
  func `logits of large networks`(name: String) throws {
    try check(name, Self.plain)
  }

  @Test(
    .enabled(if: Fixtures.isOptimized, "slow without optimisation"),
    arguments: ["vgg-cifar", "googlenet-torchvision", "resnet18"])
  func `logits with other passes`(name: String) throws {
    try check(name, Self.others)
  }

  @Test func `the reference data is complete`() throws {
    let files = try FileManager.default.contentsOfDirectory(atPath: Fixtures.zoo(""))
    let names = Set(files.filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) })
    #expect(names.subtracting(["lenet5-fashion"]) == Set(Self.small + Self.large))
  }
}

/// LeNet-5 with the weights that travel with it, trained on Fashion-MNIST.
struct TrainedLeNetTests {
  struct Reference: Decodable {
    var correct: Int
    var loss: Double
    var testImages: Int
    var labelsFirst32: [Int]
    var logitsFirst32: [[Double]]
  }

  static func reference() throws -> Reference {
    let data = try Data(contentsOf: URL(filePath: Fixtures.zoo("lenet5-fashion.json")))
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(Reference.self, from: data)
  }

  static let weights = WeightsSource.file(Fixtures.root + "/Tests/Fixtures/zoo/lenet5.safetensors")

  /// The folder of Debian's package dataset-fashion-mnist.
  static let folder = "/usr/share/datasets/fashion-mnist"
  static let hasData = FileManager.default.fileExists(atPath: folder + "/t10k-images-idx3-ubyte.gz")
  static let needsData = ProcessInfo.processInfo.environment["CNNC_REQUIRE_DATA"] != nil

  @Test(arguments: [1, 5, 32]) func `logits of the first test images`(batch: Int) throws {
    let model = try Fixtures.model("lenet5")
    let images = try IDXFile(path: Fixtures.zoo("fashion-test-32-images-idx3-ubyte"))
    let preprocessor = try model.preprocessor()
    let reference = try Self.reference()
    let runner = try BatchRunner(
      model: model, weights: Self.weights, batch: batch, outputs: [model.logits.name])
    let logits = try runner.map(count: 32, threads: 1) { (index) throws(Diagnostics) in
      try preprocessor.tensor(from: images.image(index), name: "image \(index)")
    } transform: { index, outputs, _ in
      (index, outputs[0])
    }
    #expect(logits.map(\.0) == Array(0..<32))
    for (found, expected) in zip(logits.map(\.1), reference.logitsFirst32) {
      let worst = zip(found, expected).map { abs(Double($0) - $1) }.max() ?? .infinity
      #expect(worst < 1e-5 * (expected.map(abs).max() ?? 1))
      #expect(found.count == 10)
    }
  }

  @Test(
    .enabled(if: hasData || needsData, "needs Debian's dataset-fashion-mnist"),
    .enabled(if: Fixtures.isOptimized, "slow without optimisation"), arguments: [1, 2])
  func `all test images`(threads: Int) throws {
    let reference = try Self.reference()
    let data = try Datasets.open(Self.folder, split: .test)
    #expect(data.labels.prefix(32) == reference.labelsFirst32[...])
    let result = try Evaluation.run(
      Fixtures.model("lenet5"), weights: Self.weights, on: data, batch: 64, threads: threads)
    #expect(result.images == 10_000)
    #expect(reference.testImages == 10_000)
    #expect(result.correct == 9108)
    #expect(reference.correct == 9108)
    #expect(abs(result.loss - 0.25361) < 5e-6)
    #expect(abs(result.loss - reference.loss) < 1e-6)
    #expect(result.confusion.flatMap(\.self).reduce(0, +) == 10_000)
  }
}

/// The weights that the package ships, made by `cnnc train`; their metrics lie beside them.
struct TrainedWeightsTests {
  static let networks = [(name: "lenet5", right: 9200), (name: "vgg-fashion-small", right: 9295)]

  @Test(arguments: networks.map(\.name))
  func `the metrics' last line has the hash of the weights`(name: String) throws {
    let lines = try String(contentsOfFile: Fixtures.root + "/specs/\(name).metrics.jsonl", encoding: .utf8)
      .split(separator: "\n")
    let last = try #require(lines.last)
    let line = try #require(try JSONSerialization.jsonObject(with: Data(last.utf8)) as? [String: Any])
    let model = try Fixtures.model(name)
    #expect(line["epoch"] as? Int == model.network.spec.training.epochs)
    let weights = try Weights(SafetensorsFile(Fixtures.root + "/specs/\(name).safetensors"))
    var hash = ContentHash()
    for tensor in model.tensors { hash.add(try #require(weights.values(of: tensor.name))) }
    #expect(line["weights"] as? String == hash.description)
  }

  // Instruction sets round differently, so an image or two may change sides.
  @Test(
    .enabled(
      if: TrainedLeNetTests.hasData || TrainedLeNetTests.needsData, "needs Debian's dataset-fashion-mnist"),
    .enabled(if: Fixtures.isOptimized, "slow without optimisation"), arguments: networks)
  func `all test images`(name: String, right: Int) throws {
    let data = try Datasets.open(TrainedLeNetTests.folder, split: .test)
    let result = try Evaluation.run(
      Fixtures.model(name), weights: .file(Fixtures.root + "/specs/\(name).safetensors"), on: data,
      batch: 100,
      threads: 2)
    #expect(abs(result.correct - right) <= 2, "\(name): \(result.correct) of 10,000")
  }
}
