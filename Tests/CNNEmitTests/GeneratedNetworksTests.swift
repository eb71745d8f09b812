import CNN
import CNNEmbedding
import CNNEmit
import CNNRuntime
import CNNTestSupport
import GeneratedNetworks
import Testing

/// What `cnnc emit` has made of some specs, compiled, gives the session's bits.
struct GeneratedNetworksTests {
  static let root = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")

  /// A session's scores of an input, and a weights file for the emitted type.
  private struct Expected {
    let input: [Float]
    let scores: [Float]
    let model: Model
    let weights: Weights

    init(_ name: String, _ source: WeightsSource) throws {
      model = try Model(contentsOf: "\(GeneratedNetworksTests.root)/specs/\(name).yaml")
      weights = try model.load(source)
      let network = try model.compile(weights: .tensors(weights))
      var session = try network.makeSession()
      var state: UInt32 = 1
      input = (0..<network.input.count).map { _ in
        state = state &* 1_664_525 &+ 1_013_904_223
        return Float(state >> 8) / Float(1 << 23) - 1
      }
      scores = try session.run(input)
    }

    /// The file that `cnnc emit --weights` makes.
    func weightsFile(in folder: TemporaryFolder) throws -> String {
      var options = Emission.Options(.swift)
      options.weightsPlace = .file
      let weights = weights
      let emission = try Emission(model.network, weights: { weights.values(of: $0) }, options: options)
      let files = SwiftEmitter.emit(emission)
      try files.write(to: folder.path)
      return "\(folder.path)/\(emission.identifier).weights"
    }
  }

  private static func copy(_ scores: Span<Float>) -> [Float] { scores.withUnsafeBufferPointer { Array($0) } }

  @Test(arguments: [1, 3]) func `LeNet-5 with its weights in the source`(threads: Int) throws {
    let expected = try Expected("lenet5", .file("\(Self.root)/specs/lenet5.safetensors"))
    let input = try LeNet5.Input(values: expected.input.span)
    var network = try LeNet5(weights: LeNet5.Weights(), threads: threads)
    #expect(network.run(input, Self.copy) == expected.scores)
    #expect(network.run(input, Self.copy) == expected.scores)
    let (label, score) = network.classify(input)
    #expect(score == expected.scores.max())
    #expect(expected.scores[label.rawValue] == score)
  }

  @Test(arguments: [1, 3]) func `VGG for CIFAR-10 with its weights in a file`(threads: Int) throws {
    let expected = try Expected("vgg-cifar", .random(seed: 7))
    let folder = try TemporaryFolder()
    let weights = try VGGCifar.Weights(contentsOf: expected.weightsFile(in: folder))
    var network = try VGGCifar(weights: weights, threads: threads)
    #expect(network.run(try VGGCifar.Input(values: expected.input.span), Self.copy) == expected.scores)
  }

  @Test(arguments: [1, 3]) func `ResNet-20 for CIFAR-10 with its weights in a file`(threads: Int) throws {
    let expected = try Expected("resnet20-cifar", .random(seed: 7))
    let folder = try TemporaryFolder()
    let weights = try ResNet20Cifar.Weights(contentsOf: expected.weightsFile(in: folder))
    var network = try ResNet20Cifar(weights: weights, threads: threads)
    #expect(network.run(try ResNet20Cifar.Input(values: expected.input.span), Self.copy) == expected.scores)
  }

  @Test func `one file's weights serve many instances on many threads`() async throws {
    let expected = try Expected("resnet20-cifar", .random(seed: 7))
    let folder = try TemporaryFolder()
    let weights = try ResNet20Cifar.Weights(contentsOf: expected.weightsFile(in: folder))
    try await withThrowingTaskGroup(of: [Float].self) { group in
      for _ in 0..<4 {
        group.addTask {
          var network = try ResNet20Cifar(weights: weights)
          return network.run(try ResNet20Cifar.Input(values: expected.input.span), Self.copy)
        }
      }
      for try await scores in group { #expect(scores == expected.scores) }
    }
  }

  @Test func `an input of another size is refused with both sizes`() {
    #expect(throws: EmbeddingError.inputCount(of: "pixels", expected: 784, found: 783)) {
      try LeNet5.Input(pixels: [UInt8](repeating: 0, count: 783).span)
    }
    #expect(throws: EmbeddingError.inputCount(of: "values", expected: 784, found: 0)) {
      try LeNet5.Input(values: [Float]().span)
    }
  }

  @Test func `the weights of another network are refused`() throws {
    let folder = try TemporaryFolder()
    let path = try Expected("resnet20-cifar", .random(seed: 7)).weightsFile(in: folder)
    let error = try #require(throws: EmbeddingError.self) { try VGGCifar.Weights(contentsOf: path) }
    guard case .otherNetwork(path, _, _) = error else {
      Issue.record("\(error)")
      return
    }
  }
}
