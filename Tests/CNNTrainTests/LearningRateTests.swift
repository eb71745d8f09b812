import CNNSpec
import Testing

@testable import CNNTrain

struct LearningRateTests {
  static func rates(_ schedule: TrainingRecipe.Schedule, warmup: Double = 0) -> [Double] {
    var recipe = TrainingRecipe()
    recipe.optimizer = .sgd(learningRate: 0.4, momentum: 0, nesterov: false, weightDecay: 0)
    recipe.schedule = schedule
    recipe.warmup = warmup
    recipe.epochs = 5
    let rate = LearningRate(recipe, stepsPerEpoch: 2)
    return (0..<10).map { rate(step: $0) }
  }

  static func agree(_ found: [Double], _ expected: [Double]) -> Bool {
    found.count == expected.count && zip(found, expected).allSatisfy { abs($0 - $1) < 1e-12 }
  }

  @Test func `constant, with and without a warm-up of two epochs`() {
    #expect(Self.agree(Self.rates(.constant), Array(repeating: 0.4, count: 10)))
    #expect(
      Self.agree(
        Self.rates(.constant, warmup: 2), [0.1, 0.2, 0.3] + Array(repeating: 0.4, count: 7)))
  }

  @Test func `a step every two epochs`() {
    #expect(
      Self.agree(
        Self.rates(.step(every: 2, factor: 0.5)), [0.4, 0.4, 0.4, 0.4, 0.2, 0.2, 0.2, 0.2, 0.1, 0.1]))
  }

  @Test func `half a cosine ends near nothing`() {
    let rates = Self.rates(.cosine)
    #expect(abs(rates[0] - 0.4) < 1e-12 && abs(rates[5] - 0.2) < 1e-12)
    #expect(zip(rates, rates.dropFirst()).allSatisfy { $0 > $1 } && rates[9] > 0)
  }

  @Test(arguments: [
    // PyTorch's OneCycleLR(max_lr=0.5, total_steps=10, pct_start=0.3).
    (0, 0.02), (1, 0.26), (2, 0.5), (5, 0.30563101096814466), (9, 2e-6),
  ]) func `one cycle as PyTorch computes it`(step: Int, rate: Double) {
    let found = Self.rates(.oneCycle(peak: 0.5, warmup: 0.3))[step]
    #expect(abs(found - rate) < 1e-9, "step \(step): \(found), not \(rate)")
  }

  @Test func `one step and no warm-up stay finite`() {
    var recipe = TrainingRecipe()
    recipe.epochs = 1
    for share in [0, 0.5, 1.0] {
      recipe.schedule = .oneCycle(peak: 0.1, warmup: share)
      let rate = LearningRate(recipe, stepsPerEpoch: 1)(step: 0)
      #expect(rate.isFinite && rate > 0 && rate <= 0.1, "warmup \(share): \(rate)")
    }
  }
}
