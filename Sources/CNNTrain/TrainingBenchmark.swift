import CNN
import CNNGraph
import CNNPasses
import CNNPlan
import CNNRuntime
import CNNSpec

extension Benchmark {
  /// Times training steps, forward, backward and update, on random images and targets.
  ///
  /// The learning rate is 0, so that no number of steps leads anywhere where losses are not finite; what is
  /// computed is the same.
  /// - Parameter memory: the bytes that the step may take; nil for as many as it wants.
  /// - Throws: what is wrong with the recipe or the weights; `memory-limit` where the step does not fit;
  ///   `training-diverged` for weights whose loss is not finite.
  package static func training(
    _ model: Model, weights: WeightsSource, _ options: Options, memory: Int?
  ) throws(Diagnostics) -> Benchmark {
    let now = options.stopwatch.now
    let start = now()
    let step = try BenchmarkStep(model, weights: weights, options, memory: memory)
    let compileSeconds = now() - start
    let plans = step.plans
    let timing = try options.stopwatch.time { () throws(Diagnostics) in try step.run() }
    var profiler: StepProfiler?
    if options.isProfiled {
      var passes = StepProfiler(plans.step.executions)
      _ = try options.passStopwatch.time { () throws(Diagnostics) in
        passes.beginPass()
        try step.run { passes.add(plan: $0, step: $1, seconds: $2) }
      }
      profiler = passes
    }
    return try Benchmark(
      model.name, options, isTraining: true, timing: timing, multiplications: plans.multiplications,
      arenaBytes: plans.arenaBytes, parameterBytes: plans.parameterBytes + plans.stateBytes,
      compileSeconds: compileSeconds, rows: profiler?.rows)
  }
}

/// A training step that can be repeated.
private final class BenchmarkStep {
  let plans: TrainingPlans
  private let runner: TrainingStepRunner
  private let images: [Float]
  private let targets: [Float]
  private let batch: Int

  init(
    _ model: Model, weights source: WeightsSource, _ options: Benchmark.Options, memory: Int?
  ) throws(Diagnostics) {
    let recipe = model.network.spec.training
    let trained = try TrainedTensors(model.network, recipe: recipe)
    plans = try TrainingPlanner.plan(
      try model.graph(), recipe: recipe, batch: options.batch, memory: memory, isTrained: trained.contains)
    let weights = try model.load(source)
    let tensors = try TrainingTensors(
      plans.tensors.map { name, dimensions in
        let zeros = [Float](repeating: 0, count: dimensions.reduce(1, *))
        return NamedTensor(name, dimensions, weights.values(of: name) ?? zeros)
      })
    runner = try TrainingStepRunner(plans, on: tensors, threads: options.threads)
    if let random = plans.controls.first(where: { $0.name == TrainingStep.random }) {
      tensors[random.name] = NamedTensor(
        random.name, random.dimensions, RandomState(seed: options.seed, step: 0).elements)
    }
    if let rate = plans.controls.first(where: { $0.name == TrainingStep.rate }) {
      // The rate, and for Adam the number of the step, from 1.
      tensors[rate.name] = NamedTensor(
        rate.name, rate.dimensions, Array([0, 1].prefix(rate.dimensions.reduce(1, *))))
    }
    batch = options.batch
    images = options.randomInput(batch * model.inputShape.reduce(1, *))
    targets = Self.targets(plans.step.first, recipe.loss, options)
  }

  func run(observe: TrainingStepRunner.Observer? = nil) throws(Diagnostics) {
    _ = try runner.run(images: images, targets: targets, count: batch, number: 1, observe: observe)
  }

  /// As the loss takes them: numbers of classes, or any numbers.
  private static func targets(
    _ plan: ExecutionPlan, _ loss: TrainingRecipe.Loss, _ options: Benchmark.Options
  ) -> [Float] {
    let numbers = options.randomInput(options.batch * plan.inputs[1].type.count)
    switch loss {
    case .meanSquaredError: return numbers
    case .crossEntropy:
      let classes = Float(plan.outputs[1].type.shape.channels)
      return numbers.map { ((($0 + 1) / 2) * classes).rounded(.down) }
    }
  }
}
