import CNN
import CNNGraph
import CNNRuntime
import CNNSpec
import Testing

@testable import CNNTrain

/// What a recipe's keys do to the tensors of one step: clipping, frozen layers, layer rates, losses of distances.
struct TrainedStepTests {
  static let network = """
    input: 2x6x6
    network: conv(4, 3x3, pad=1) - bn - relu - avgpool(2) - fc:head(3) - softmax
    """

  /// The tensors before and after one step of plain descent.
  static func step(
    _ train: String, _ network: String = Self.network, partSize: Int? = nil
  ) throws -> (before: [String: [Float]], after: [String: [Float]]) {
    let fixture = try StepFixture(network + "\ntrain: {\(train)}")
    let weights = try fixture.model.load(.random(seed: 5))
    let before = Dictionary(
      uniqueKeysWithValues: fixture.model.tensors.map { ($0.name, weights.values(of: $0.name) ?? []) })
    let plans = try fixture.plans(6, partSize: partSize)
    return (before, try fixture.run(plans, batches: [6]).tensors)
  }

  /// The norm of all changes of trained tensors, divided by the rate.
  static func norm(_ step: (before: [String: [Float]], after: [String: [Float]])) -> Double {
    var sum = 0.0
    for (name, before) in step.before where !name.contains("running") {
      for (a, b) in zip(before, step.after[name] ?? []) { sum += Double(a - b) * Double(a - b) }
    }
    return sum.squareRoot() / 0.05
  }

  static let descent = "optimizer: {sgd: {learning_rate: 0.05}}"

  @Test(arguments: [nil, 2]) func `clipping bounds the norm of all gradients`(partSize: Int?) throws {
    let norm = Self.norm(try Self.step(Self.descent, partSize: partSize))
    #expect(norm > 0.1)
    for limit in [norm / 2, norm / 10] {
      let clipped = Self.norm(try Self.step("clip: \(limit), " + Self.descent, partSize: partSize))
      #expect(abs(clipped / limit - 1) < 1e-3, "\(clipped), limit \(limit)")
    }
  }

  @Test func `a limit that is not reached changes no bit`() throws {
    #expect(try Self.step("clip: 1000, " + Self.descent).after == Self.step(Self.descent).after)
  }

  @Test func `a frozen layer stays, and a frozen batch norm's statistics too`() throws {
    let (before, after) = try Self.step("freeze: [conv1, bn1], " + Self.descent)
    for name in [
      "conv1.weight", "conv1.bias", "bn1.weight", "bn1.bias", "bn1.running_mean", "bn1.running_var",
    ] {
      // What no node changes need not be among the step's tensors.
      #expect(after[name] == nil || after[name] == before[name], "\(name)")
    }
    #expect(after["head.weight"] != before["head.weight"])
  }

  @Test func `a frozen batch norm computes with its running statistics, and lets gradients through`() throws {
    // The same network with the batch norm written out: drawn, it has mean 0 and variance 1.
    let frozen = try Self.step("freeze: bn1, " + Self.descent)
    let scaled = try Self.step(
      Self.descent, Self.network.replacing("bn - relu", with: "relu"))
    let factor = 1 / Float(1 + 1e-5).squareRoot()
    for (a, b) in zip(
      zip(frozen.before["conv1.weight"]!, frozen.after["conv1.weight"]!).map(-),
      zip(scaled.before["conv1.weight"]!, scaled.after["conv1.weight"]!).map(-))
    {
      #expect(abs(a - factor * b) < 1e-4 * 0.05, "\(a), \(b)")
    }
  }

  @Test func `layer rates multiply what a step changes`() throws {
    let whole = try Self.step(Self.descent)
    let slow = try Self.step("layer_rates: {head: 0.5, conv1: 0}, " + Self.descent)
    #expect(slow.after["conv1.weight"] == slow.before["conv1.weight"])
    #expect(slow.after["bn1.weight"] == whole.after["bn1.weight"])
    for (before, (a, b)) in zip(
      whole.before["head.weight"]!, zip(whole.after["head.weight"]!, slow.after["head.weight"]!))
    {
      #expect(abs((before - b) - (before - a) / 2) < 1e-6)
    }
  }

  @Test(arguments: ["cross_entropy", "mse"])
  func `a network that returns distances learns by both losses`(loss: String) throws {
    let fixture = try StepFixture(
      """
      input: 1x4x4
      network: fc(8) - scaled_tanh - rbf(3)
      train: {loss: \(loss), optimizer: {sgd: {learning_rate: 0.01}}}
      """)
    let plans = try fixture.plans(6)
    let weights = try fixture.model.load(.random(seed: 5))
    let tensors = try TrainingTensors(
      plans.tensors.map { name, dimensions in
        let blank = [Float](repeating: 0.01, count: dimensions.reduce(1, *))
        return NamedTensor(name, dimensions, weights.values(of: name) ?? blank)
      })
    let runner = try TrainingStepRunner(plans, on: tensors)
    let images = StepFixture.numbers(6 * 16, seed: 1)
    let labels = [0, 1, 2, 0, 1, 2]
    let targets: [Float] =
      loss == "mse" ? labels.flatMap { label in (0..<3).map { $0 == label ? 1 : 0 } } : labels.map(Float.init)
    var losses: [Float] = []
    var right = 0
    for number in 1...200 {
      let step = try runner.run(images: images, targets: targets, count: 6, number: number)
      losses.append(step.losses.reduce(0, +))
      let measure = ScoreMeasure(fixture.model)
      right = labels.enumerated().count { measure.choice(step.scores[$0 * 3..<$0 * 3 + 3]) == $1 }
    }
    #expect(losses[199] < losses[0] / 2, "\(losses[0]), \(losses[199])")
    #expect(right == 6)
    #expect(tensors["rbf1.centers"].values == weights.values(of: "rbf1.centers"))
  }
}
