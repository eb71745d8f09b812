import CNN
import CNNRuntime
import CNNSpec
import Testing

@testable import CNNTrain

struct TrainingBenchmarkTests {
  /// Options whose stopwatch is content with little.
  static func options(batch: Int, threads: Int = 1, isProfiled: Bool = false) -> Benchmark.Options {
    var options = Benchmark.Options(batch: batch, threads: threads, isProfiled: isProfiled)
    options.stopwatch.warmUpSeconds = 0
    options.stopwatch.leastSeconds = 0
    options.stopwatch.mostSeconds = 0.01
    return options
  }

  static let layers = "conv(4, 3, pad=1) - bn - relu - dropout(0.5) - maxpool(2) - fc(7) - relu - fc(3)"

  /// Recipes with every kind of control, target and state.
  @Test(arguments: [
    "{optimizer: {sgd: {learning_rate: 0.1, momentum: 0.9}}}", "{optimizer: {adam: {}}}",
    "{loss: mse}", "{clip: 1, optimizer: {sgd: {learning_rate: 1e30}}}",
  ]) func `steps of any recipe are timed`(recipe: String) throws {
    let model = try Model(text: "input: 2x6x6\nnetwork: \(Self.layers)\ntrain: \(recipe)")
    let benchmark = try Benchmark.training(
      model, weights: .random(seed: 1), Self.options(batch: 4, threads: 2), memory: nil)
    #expect(benchmark.isTraining && benchmark.batch == 4 && benchmark.threads == 2)
    // Forward, and the gradients of weights and inputs; nobody needs those of the first layer's inputs.
    let (conv, fc) = (4 * 2 * 9 * 36, 36 * 7 + 7 * 3)
    #expect(benchmark.multiplications == 4 * (2 * conv + 3 * fc))
    #expect(benchmark.imagesPerSecond > 0 && benchmark.multiplyAddRate > 0)
    #expect(benchmark.steps == nil)
  }

  @Test func `a profile has every step of the plan, and all the multiplications`() throws {
    let model = try Model(text: "input: 2x6x6\nnetwork: \(Self.layers)")
    let benchmark = try Benchmark.training(
      model, weights: .random(seed: 1), Self.options(batch: 4, isProfiled: true), memory: nil)
    let steps = try #require(benchmark.steps)
    let plan = try StepFixture(model).plans(4).step.first
    #expect(steps.map(\.row.name) == plan.steps.map(\.name))
    #expect(steps.reduce(0) { $0 + $1.row.work.multiplications } == benchmark.multiplications)
  }

  @Test func `a step in parts is the sum of its parts, and what is done again is not counted`() throws {
    let model = try Model(text: "input: 2x16x16\nnetwork: \(Self.layers)")
    var planner = try StepFixture(model).planner
    let whole = try planner.plan(batch: 8, memory: nil)
    let memory = whole.totalBytes * 6 / 10
    let plans = try planner.plan(batch: 8, memory: memory)
    #expect(plans.step.parts.count > 1 && plans.multiplications == whole.multiplications)
    #expect(plans.step.executions.count == plans.step.parts.count + 1)
    #expect(whole.step.executions.count == 1)
    let benchmark = try Benchmark.training(
      model, weights: .random(seed: 1), Self.options(batch: 8, isProfiled: true), memory: memory)
    #expect(benchmark.multiplications == whole.multiplications && benchmark.arenaBytes == plans.arenaBytes)
    let steps = try #require(benchmark.steps)
    #expect(Set(steps.map(\.row.name)).count == steps.count)
    #expect(steps.reduce(0) { $0 + $1.row.work.multiplications } >= benchmark.multiplications)
    #expect(steps.contains { $0.row.name.contains("fc1.weight") })
  }

  @Test func `a step that fits in no way, and weights whose loss is not finite, are told`() throws {
    let model = try Model(text: "input: 2x6x6\nnetwork: \(Self.layers)")
    func codes(_ weights: WeightsSource, memory: Int?) -> [DiagnosticCode] {
      do throws(Diagnostics) {
        _ = try Benchmark.training(model, weights: weights, Self.options(batch: 4), memory: memory)
        return []
      } catch {
        return error.all.map(\.code)
      }
    }
    #expect(codes(.random(seed: 1), memory: 100) == [.memoryLimit])
    let drawn = try model.load(.random(seed: 1))
    let broken = try Weights(
      model.tensors.map { tensor in
        let values = try #require(drawn.values(of: tensor.name))
        return NamedTensor(tensor.name, tensor.dimensions, values.map { _ in Float.infinity })
      })
    #expect(codes(.tensors(broken), memory: nil) == [.trainingDiverged])
  }

  @Test func `an observer is told of each step of each plan, once, and no bit changes`() throws {
    let fixture = try StepFixture("input: 2x6x6\nnetwork: \(Self.layers)")
    for partSize in [nil, 2] {
      let plans = try fixture.plans(5, partSize: partSize)
      let executions = plans.step.executions
      func run(observing: Bool) throws -> (bits: [[Float]], told: [String]) {
        let weights = try fixture.model.load(.random(seed: 5))
        let tensors = try TrainingTensors(
          plans.tensors.map { name, dimensions in
            let zeros = [Float](repeating: 0.01, count: dimensions.reduce(1, *))
            return NamedTensor(name, dimensions, weights.values(of: name) ?? zeros)
          })
        let runner = try TrainingStepRunner(plans, on: tensors)
        var told: [String] = []
        let record: TrainingStepRunner.Observer = { plan, step, _ in told.append("\(plan) \(step)") }
        let result = try runner.run(
          images: StepFixture.numbers(5 * 72, seed: 1), targets: [0, 1, 2, 0, 1], count: 5, number: 1,
          observe: observing ? record : nil)
        return ([result.losses, result.scores] + tensors.names.map { tensors[$0].values }, told)
      }
      let observed = try run(observing: true)
      let plain = try run(observing: false)
      #expect(observed.bits == plain.bits && plain.told.isEmpty)
      let expected = executions.enumerated().flatMap { number, plan in
        plan.steps.indices.map { "\(number) \($0)" }
      }
      #expect(observed.told == expected)
    }
  }
}
