import CAllocationCounter
import CNN
import CNNEmbedding
import CNNGraph
import CNNPasses
import CNNPlan
import CNNRuntime
import CNNSpec
import CNNTestSupport
import CNNTrain
import GeneratedNetworks
import Testing

/// What `cnnc emit --training` has made of some specs, compiled, does what the engine's training step does.
struct TrainedNetworksTests {
  /// Steps with growing and shrinking rates, so that a rate that is not read shows.
  private static let rates: [Float] = [0.01, 0.02, 0.005]

  /// The steps' losses and what they lead to, all as bits.
  private struct Outcome {
    var losses: [UInt32] = []
    var weights: [String: [UInt32]] = [:]
    /// Of one image, computed with the trained weights.
    var scores: [UInt32] = []

    init(losses: [Float], weights: Weights, scores: [Float]) {
      self.losses = losses.map(\.bitPattern)
      for name in weights.names { self.weights[name] = weights.values(of: name)?.map(\.bitPattern) }
      self.scores = scores.map(\.bitPattern)
    }

    func check(against expected: Outcome) {
      #expect(losses == expected.losses)
      #expect(Set(losses).count == losses.count, "each step is on other weights")
      #expect(weights.keys.sorted() == expected.weights.keys.sorted())
      for (name, values) in expected.weights {
        let isSame = weights[name] == values
        #expect(isSame, "\(name)")
      }
      #expect(scores == expected.scores)
    }
  }

  /// The engine's steps on a spec, and what the emitted type is given to do the same.
  private struct Engine {
    let model: Model
    let weights: Weights
    let batch: Int

    init(_ path: String, weights source: WeightsSource) throws {
      model = try Model(contentsOf: "\(GeneratedNetworksTests.root)/\(path)")
      weights = try model.load(source)
      batch = model.network.spec.training.batch
    }

    private var plans: TrainingPlans {
      get throws {
        let recipe = model.network.spec.training
        let trained = try TrainedTensors(model.network, recipe: recipe)
        return try TrainingPlanner.plan(
          try model.graph(), recipe: recipe, batch: batch, memory: nil, isTrained: trained.contains)
      }
    }

    /// The images of a step, in `-1..<1`.
    func images(step: Int) -> [Float] { numbers(batch * model.network.input.count, seed: step) }

    /// One image, to run the trained network.
    var image: [Float] { numbers(model.network.input.count, seed: 99) }

    func labels(step: Int, classes: Int) -> [Int] { (0..<batch).map { ($0 * 7 + step) % classes } }

    func numbers(_ count: Int, seed: Int) -> [Float] {
      var state = UInt32(truncatingIfNeeded: seed) &* 2_654_435_761 &+ 1
      return (0..<count).map { _ in
        state = state &* 1_664_525 &+ 1_013_904_223
        return Float(state >> 8) / Float(1 << 23) - 1
      }
    }

    /// The bytes of a safetensors file of the weights that the steps begin with.
    func safetensors() throws -> [UInt8] {
      let folder = try TemporaryFolder()
      let tensors = model.tensors.map {
        NamedTensor($0.name, $0.dimensions, weights.values(of: $0.name) ?? [])
      }
      try SafetensorsWriter.write(tensors, to: folder.path + "/w.safetensors")
      return try FileSystem.read(folder.path + "/w.safetensors")
    }

    /// - Parameter targets: those of a step, as the loss takes them.
    func run(targets: (Int) -> [Float]) throws -> Outcome {
      let plans = try plans
      let tensors = try TrainingTensors(
        plans.tensors.map { name, dimensions in
          let zeros = [Float](repeating: 0, count: dimensions.reduce(1, *))
          return NamedTensor(name, dimensions, weights.values(of: name) ?? zeros)
        })
      let runner = try TrainingStepRunner(plans, on: tensors)
      var losses: [Float] = []
      for (step, rate) in TrainedNetworksTests.rates.enumerated() {
        for control in plans.controls {
          let values =
            control.name == TrainingStep.random
            ? RandomState(seed: UInt64(model.network.spec.training.seed), step: UInt64(step)).elements
            : Array([rate, Float(step + 1)].prefix(control.dimensions[0]))
          tensors[control.name] = NamedTensor(control.name, control.dimensions, values)
        }
        let found = try runner.run(
          images: images(step: step), targets: targets(step), count: batch, number: step + 1)
        losses.append(Float(found.losses.reduce(0) { $0 + Double($1) } / Double(batch)))
      }
      let trained = try Weights(model.tensors.map { tensors[$0.name] })
      var session = try model.compile(weights: .tensors(trained)).makeSession()
      return Outcome(losses: losses, weights: trained, scores: try session.run(image))
    }
  }

  private static func copy(_ scores: Span<Float>) -> [Float] { scores.withUnsafeBufferPointer { Array($0) } }

  private static func weights(_ safetensors: [UInt8]) throws -> Weights {
    try Weights(SafetensorsFile(bytes: safetensors, name: "trained"))
  }

  private static func leNet() throws -> Engine {
    try Engine("specs/lenet5.yaml", weights: .file("\(GeneratedNetworksTests.root)/specs/lenet5.safetensors"))
  }

  private static func residual() throws -> Engine {
    try Engine("generated/small-residual/small-residual.yaml", weights: .random(seed: 7))
  }

  /// What LeNet-5 gives of an image.
  private static func scores(
    _ weights: TrainableLeNet5.Weights, of image: [Float], threads: Int
  ) throws -> [Float] {
    var network = try TrainableLeNet5(weights: weights, threads: threads)
    return network.run(try TrainableLeNet5.Input(values: image.span), copy)
  }

  @Test(arguments: [1, 3]) func `LeNet-5 by descent with momentum`(threads: Int) throws {
    let engine = try Self.leNet()
    let start = try TrainableLeNet5.Weights(safetensors: engine.safetensors())
    var training = try TrainableLeNet5.Training(weights: start, threads: threads)
    var losses: [Float] = []
    for (step, rate) in Self.rates.enumerated() {
      let input = try TrainableLeNet5.Training.Input(values: engine.images(step: step).span)
      let labels = engine.labels(step: step, classes: 10).compactMap(TrainableLeNet5.Label.init)
      losses.append(try training.step(input, labels: labels, learningRate: rate))
    }
    let (trained, saved) = (try training.weights(), training.safetensors)
    let scores = try Self.scores(trained, of: engine.image, threads: threads)
    let read = try TrainableLeNet5.Weights(safetensors: saved)
    #expect(try Self.scores(read, of: engine.image, threads: 1) == scores)
    Outcome(losses: losses, weights: try Self.weights(saved), scores: scores).check(
      against: try engine.run { engine.labels(step: $0, classes: 10).map(Float.init) })
  }

  @Test(arguments: [1, 3])
  func `batch norm, dropout and a residual by AdamW, clipped and smoothed`(threads: Int) throws {
    let engine = try Self.residual()
    let start = try SmallResidual.Weights(safetensors: engine.safetensors())
    var training = try SmallResidual.Training(weights: start, threads: threads)
    var losses: [Float] = []
    for (step, rate) in Self.rates.enumerated() {
      let input = try SmallResidual.Training.Input(values: engine.images(step: step).span)
      let labels = engine.labels(step: step, classes: 3)
      losses.append(try training.step(input, labels: labels, learningRate: rate))
    }
    var network = try SmallResidual(weights: training.weights(), threads: threads)
    let scores = network.run(try SmallResidual.Input(values: engine.image.span), Self.copy)
    Outcome(losses: losses, weights: try Self.weights(training.safetensors), scores: scores).check(
      against: try engine.run { engine.labels(step: $0, classes: 3).map(Float.init) })
  }

  @Test(arguments: [1, 3]) func `numbers by Adam and the mean squared error`(threads: Int) throws {
    let engine = try Engine(
      "generated/small-regression/small-regression.yaml", weights: .random(seed: 7))
    let start = try SmallRegression.Weights(safetensors: engine.safetensors())
    var training = try SmallRegression.Training(weights: start, threads: threads)
    func targets(_ step: Int) -> [Float] { engine.numbers(engine.batch * 2, seed: 50 + step) }
    var losses: [Float] = []
    for (step, rate) in Self.rates.enumerated() {
      let input = try SmallRegression.Training.Input(values: engine.images(step: step).span)
      let targets = targets(step)
      losses.append(try training.step(input, targets: targets.span, learningRate: rate))
    }
    var network = try SmallRegression(weights: training.weights(), threads: threads)
    let scores = network.run(try SmallRegression.Input(values: engine.image.span), Self.copy)
    Outcome(losses: losses, weights: try Self.weights(training.safetensors), scores: scores).check(
      against: try engine.run(targets: targets))
  }
}

// MARK: - What an app can get wrong

extension TrainedNetworksTests {
  @Test func `another seed drops other values`() throws {
    let engine = try Self.residual()
    let start = try SmallResidual.Weights(safetensors: engine.safetensors())
    let input = try SmallResidual.Training.Input(values: engine.images(step: 0).span)
    let losses = try [70000, 70000, 4464, 1].map { (seed: UInt64) in
      var training = try SmallResidual.Training(weights: start, seed: seed)
      return try training.step(input, labels: engine.labels(step: 0, classes: 3), learningRate: 0.01)
    }
    // 4464 is 70000 without what lies above 16 bits.
    #expect(losses[0] == losses[1] && Set(losses).count == 3, "\(losses)")
  }

  @Test func `labels and rates that are none are refused, and nothing changes`() throws {
    let engine = try Self.residual()
    let start = try SmallResidual.Weights(safetensors: engine.safetensors())
    var training = try SmallResidual.Training(weights: start)
    let before = training.safetensors
    let input = try SmallResidual.Training.Input(values: engine.images(step: 0).span)
    let cases: [(labels: [Int], rate: Float, error: EmbeddingError)] = [
      ([0, 1, 2, 0, 1], 0.1, .inputCount(of: "labels", expected: 6, found: 5)),
      ([0, 1, 2, 0, 1, 3], 0.1, .noClass(label: 3, classes: 3)),
      ([0, 1, -1, 0, 1, 2], 0.1, .noClass(label: -1, classes: 3)),
      ([0, 1, 2, 0, 1, 2], -0.1, .learningRate(-0.1)),
      ([0, 1, 2, 0, 1, 2], .infinity, .learningRate(.infinity)),
    ]
    for (labels, rate, expected) in cases {
      do {
        _ = try training.step(input, labels: labels, learningRate: rate)
        Issue.record("\(labels), \(rate)")
      } catch {
        #expect(error == expected)
      }
    }
    #expect(training.safetensors == before && training.stepCount == 0)
    _ = try training.step(input, labels: [0, 1, 2, 0, 1, 2], learningRate: 0.1)
    #expect(training.safetensors != before && training.stepCount == 1)
  }

  @Test func `a loss that is not finite is told before a weight changes`() throws {
    let engine = try Self.leNet()
    var training = try TrainableLeNet5.Training(
      weights: TrainableLeNet5.Weights(safetensors: engine.safetensors()))
    var images = engine.images(step: 0)
    let labels = [TrainableLeNet5.Label](repeating: .bag, count: 64)
    _ = try training.step(.init(values: images.span), labels: labels, learningRate: 0.01)
    let before = training.safetensors
    images[64 * 784 - 100] = .infinity
    do {
      _ = try training.step(.init(values: images.span), labels: labels, learningRate: 0.01)
      Issue.record("the last image's loss is not finite")
    } catch {
      #expect(error == .divergence(step: 2))
    }
    #expect(training.safetensors == before)
  }

  #if os(Linux)
    @Test(arguments: [1, 3]) func `steps allocate nothing`(threads: Int) throws {
      let engine = try Self.residual()
      var training = try SmallResidual.Training(
        weights: SmallResidual.Weights(safetensors: engine.safetensors()), threads: threads)
      let input = try SmallResidual.Training.Input(values: engine.images(step: 0).span)
      let labels = engine.labels(step: 0, classes: 3)
      _ = try training.step(input, labels: labels, learningRate: 0.01)
      let before = cnn_allocation_count()
      for _ in 0..<5 { _ = try training.step(input, labels: labels, learningRate: 0.01) }
      let after = cnn_allocation_count()
      #expect(before > 0 && after == before)
    }
  #endif
}
