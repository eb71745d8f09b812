import CNNSpec
import Testing

struct TrainingRecipeTests {
  static func read(_ entries: String) -> Reading {
    reading(yaml: "input: 3x8x8\nnetwork: relu\ntrain: {\(entries)}")
  }

  @Test func `every key`() throws {
    let result = Self.read(
      """
      loss: mse, epochs: 20, batch: 32, clip: 1.5, initializer: glorot, seed: 7,
        optimizer: {sgd: {learning_rate: 0.05, momentum: 0.9, nesterov: yes, weight_decay: 5e-4}},
        schedule: {one_cycle: {peak: 0.1, warmup: 0.3}}, freeze: [conv1, stage], validation: 1/10,
        layer_rates: {stage1: 0.1, stage1.conv1: 0.01},
        augment: [{crop: 2}, {flip: horizontal}, {rotate: 10}, {shift: 2}, {cutout: 8}, {flip: vertical}]
      """)
    #expect(result.findings.isEmpty)
    let recipe = try #require(result.spec).training
    #expect(recipe.loss == .meanSquaredError && recipe.labelSmoothing == 0 && recipe.epochs == 20)
    #expect(recipe.batch == 32 && recipe.clip == 1.5 && recipe.initializer == .glorot && recipe.seed == 7)
    #expect(recipe.optimizer == .sgd(learningRate: 0.05, momentum: 0.9, nesterov: true, weightDecay: 5e-4))
    #expect(recipe.schedule == .oneCycle(peak: 0.1, warmup: 0.3))
    #expect(recipe.layerRates.map(\.factor) == [0.1, 0.01])
    #expect(recipe.rateFactor(of: "conv1.weight") == 1 && recipe.rateFactor(of: "stage10.conv1.bias") == 1)
    #expect(recipe.rateFactor(of: "stage1.conv2.bias") == 0.1)
    #expect(recipe.rateFactor(of: "stage1.conv1.weight") == 0.01)
    #expect(recipe.freeze.map(\.text) == ["conv1", "stage"] && recipe.validation == 0.1)
    #expect(
      recipe.augmentations
        == [.crop(2), .flipHorizontally, .rotate(10), .shift(2), .cutout(8), .flipVertically])
  }

  @Test func `words in place of mappings, and none`() throws {
    let recipe = try #require(Self.read("optimizer: adamw, schedule: {cosine: {warmup: 2}}, clip: none").spec)
      .training
    #expect(recipe.schedule == .cosine && recipe.warmup == 2 && recipe.clip == nil)
    guard case .adam(_, _, _, _, let decay, let isDecoupled) = recipe.optimizer else {
      return #expect(Bool(false))
    }
    #expect(decay == 0.01 && isDecoupled)
    let step = try #require(Self.read("schedule: {step: {every: 3, factor: 1/2}}").spec).training
    #expect(step.schedule == .step(every: 3, factor: 0.5))
  }

  @Test(arguments: [
    ("epoch: 3", "3:9: `train` has no key `epoch`"),
    ("epochs: 0", "3:17: `epochs` is an integer from 1, not 0"),
    ("epochs: 3/2", "3:17: `epochs` is an integer from 1, not 3/2"),
    ("batch: many", "3:16: `batch` is a number, not `many`"),
    (
      "loss: mse, label_smoothing: 0.1", "3:37: `label_smoothing` is the cross-entropy's, and the loss is mse"
    ),
    ("loss: hinge", "3:15: `loss` cannot be `hinge`"),
    ("optimizer: {sdg: {}}", "3:21: `optimizer` cannot be `sdg`"),
    ("optimizer: {sgd: {beta1: 1}}", "3:27: `sgd` has no key `beta1`"),
    ("validation: 1", "3:21: `validation` is from 0.0 to 0.999, not 1"),
    ("clip: 0", nil), ("augment: [{crop: -1}]", "3:26: `crop` is an integer from 0 to 1048576, not -1"),
    ("layer_rates: 0.1", "3:22: `layer_rates` is a mapping, not `0.1`"),
    ("layer_rates: {a: -1}", nil), ("layer_rates: {a: 1, a: 2}", nil),
    ("freeze: [[a]]", "3:18: `freeze` lists labels, not a list"),
  ])
  func `what is wrong`(entries: String, message: String?) {
    #expect(Self.read(entries).messages.count == 1)
    if let message { #expect(Self.read(entries).messages == [message]) }
  }
}
