import CNNGraph
import CNNPasses
import CNNPlan
import CNNSpec

/// The graphs that a network's training step may consist of, ready to be planned.
struct StepGraphs: Sendable {
  let network: Graph
  let recipe: TrainingRecipe
  /// The names of the tensors that the optimizer changes.
  let trained: Set<String>
  /// The step of a whole batch, as built.
  let whole: TrainingStep
  /// The update behind the last part of a batch.
  let update: TrainingStep

  init(_ network: Graph, recipe: TrainingRecipe, isTrained: (String) -> Bool) {
    self.network = network
    self.recipe = recipe
    let names = Set(network.parameters.map { network[$0].name }.filter(isTrained))
    trained = names
    whole = TrainingStep(network, recipe: recipe) { names.contains($0) }
    update = .update(of: network, recipe: recipe) { names.contains($0) }
  }

  /// A part of a batch of so many images, as built.
  func part(images: Int, isFirst: Bool) -> TrainingStep {
    .part(of: network, recipe: recipe, images: images, isFirst: isFirst) { trained.contains($0) }
  }

  /// A step's graph as it is run.
  /// - Parameter dropped: what is computed again instead of kept. The forward halves of the whole step and of
  ///   parts are the same, so a set for one is a set for all.
  static func finished(_ step: TrainingStep, dropping dropped: Set<ValueID> = []) -> Graph {
    Pass.updateEarly(step.graph.recomputing(dropped, behind: step.forwardCount))
  }

  typealias Tensors = [(name: String, dimensions: [Int])]

  var parameters: Tensors { network.parameters.map { (network[$0].name, network[$0].type.dimensions) } }
  var state: Tensors { whole.stateTensors }
  var controls: Tensors { whole.controls }
  var accumulators: Tensors { update.accumulators }

  /// What tensors take in `TrainingTensors`.
  static func bytes(of tensors: Tensors) -> Int {
    tensors.reduce(0) { sum, tensor in
      // The checker has proven that a network's tensors can be counted.
      let bytes = tensor.dimensions.reduce(1, *) * ElementType.float32.byteCount
      guard let aligned = ArenaPlanner.aligned(bytes) else { preconditionFailure("sizes were checked") }
      return sum + aligned
    }
  }
}
