import CNN
import CNNGraph
import CNNPasses
import CNNPlan
import CNNRuntime
import CNNSpec
import Testing

@testable import CNNTrain

/// A network's training step with everything that it needs, to be run in one way or another.
struct StepFixture {
  let model: Model
  let graphs: StepGraphs

  init(_ text: String) throws { try self.init(Model(text: text)) }

  init(_ model: Model) throws {
    self.model = model
    let recipe = model.network.spec.training
    let trained = try TrainedTensors(model.network, recipe: recipe)
    graphs = StepGraphs(try model.graph(), recipe: recipe, isTrained: trained.contains)
  }

  var planner: TrainingPlanner {
    get throws {
      try TrainingPlanner(graphs.network, recipe: graphs.recipe) { graphs.trained.contains($0) }
    }
  }

  /// Everything that can be computed again.
  var recomputable: Set<ValueID> {
    let found = Recomputation.candidates(of: graphs.whole.graph, forwardCount: graphs.whole.forwardCount)
    return Set(found.flatMap(\.recomputed))
  }

  func plans(_ batch: Int, dropping dropped: Set<ValueID> = [], partSize: Int? = nil) throws -> TrainingPlans
  {
    let choice = TrainingPlans.Choice(dropped: dropped, partSize: partSize)
    return TrainingPlans(
      graphs: graphs, choice: choice, memory: nil, step: try graphs.plan(batch, choice))
  }

  /// What steps of these batch sizes leave behind.
  struct Result: Equatable {
    var tensors: [String: [Float]] = [:]
    var losses: [[Float]] = []
    var scores: [[Float]] = []
  }

  /// Runs steps, each on other images.
  func run(_ plans: TrainingPlans, batches: [Int]) throws -> Result {
    let weights = try model.load(.random(seed: 5))
    let tensors = try TrainingTensors(
      plans.tensors.map { name, dimensions in
        let zeros = [Float](repeating: 0, count: dimensions.reduce(1, *))
        return NamedTensor(name, dimensions, weights.values(of: name) ?? zeros)
      })
    let runner = try TrainingStepRunner(plans, on: tensors)
    var result = Result()
    for (number, batch) in batches.enumerated() {
      if plans.controls.contains(where: { $0.name == TrainingStep.random }) {
        let state = RandomState(seed: 3, step: UInt64(number))
        tensors[TrainingStep.random] = NamedTensor(
          TrainingStep.random, RandomState.dimensions, state.elements)
      }
      if let rate = plans.controls.first(where: { $0.name == TrainingStep.rate }) {
        let values = [0.05, Float(number + 1)].prefix(rate.dimensions[0])
        tensors[TrainingStep.rate] = NamedTensor(TrainingStep.rate, rate.dimensions, Array(values))
      }
      let input = model.network.input
      let target = graphs.whole.graph[graphs.whole.graph.inputs[1]].type.count
      let (losses, scores) = try runner.run(
        images: Self.numbers(batch * input.count, seed: number),
        targets: (0..<batch * target).map { Float($0 % 3) },
        count: batch, number: number + 1)
      result.losses.append(losses)
      result.scores.append(scores)
    }
    for (name, _) in plans.parameterTensors + plans.stateTensors {
      result.tensors[name] = tensors[name].values
    }
    return result
  }

  static func numbers(_ count: Int, seed: Int) -> [Float] {
    (0..<count).map { index in
      let mixed = (index &* 7919) &+ (seed &* 104_729) &+ (index &* index &* 31) % 1009
      return Float(mixed % 2000) / 1000 - 1
    }
  }
}
