import CNNGraph
import CNNSpec

/// A training step as one graph: forward, loss, backward, update. Planned, printed and run like inference.
///
/// Inputs: the images, and the targets (a class's number 1x1x1, or for the mean squared error the output's
/// shape). Outputs: `loss`, each image's, and `scores`, what enters the loss. The parameters are the
/// network's tensors, the optimizer's state (``stateTensors``) and what the loop sets for every step
/// (``controls``); trained tensors, their state and running statistics are assigned to.
///
/// A step whose batch is computed in parts is two kinds of graphs over the same tensors: each part adds its
/// gradients to ``accumulators``, then the update, without inputs and outputs, changes the tensors.
package struct TrainingStep: Sendable {
  /// The learning rate; for Adam the rate and the number of the step, from 1.
  package static let rate = "step.rate"
  /// A ``RandomState``'s elements.
  package static let random = "step.random"

  package private(set) var graph: Graph
  /// The nodes in front of the backward half: the forward half and the loss.
  package let forwardCount: Int
  /// The optimizer's tensors, zero before the first step, under `KIND.TENSOR`: `velocity.conv1.weight`.
  package private(set) var stateTensors: [(name: String, dimensions: [Int])] = []
  /// Tensors that are set before each step.
  package private(set) var controls: [(name: String, dimensions: [Int])] = []
  /// The parts' gradients, under `gradient.TENSOR`; what they hold before the first part does not matter.
  package private(set) var accumulators: [(name: String, dimensions: [Int])] = []
  /// Multiplications of an image's layers and of their gradients, as the definitions count them.
  package let multiplications: CheckedInteger
  /// The trained parameters that reach the loss, with their gradients.
  private var gradients: [(parameter: ValueID, gradient: ValueID)] = []

  /// The step of a whole batch.
  /// - Parameters:
  ///   - network: a network's graph as its spec says it, nothing optimised, with one output.
  ///   - recipe: loss and optimizer; the loop has the rest.
  ///   - passes: for the forward and the backward half.
  ///   - isTrained: whether a tensor of the network is changed by the optimizer.
  package init(
    _ network: Graph, recipe: TrainingRecipe, passes: [Pass] = .training,
    isTrained: (_ tensor: String) -> Bool
  ) {
    self.init(gradientsOf: network, recipe, meanOver: nil, passes: passes, isTrained)
    addUpdates(recipe)
    graph.verify(after: "building the training step")
  }

  /// A part of a batch: its gradients go to the accumulators, its statistics into the running ones.
  /// - Parameters:
  ///   - images: those of the whole batch, over which the loss is the mean.
  ///   - isFirst: whether the accumulators are written; else the gradients are added to them.
  package static func part(
    of network: Graph, recipe: TrainingRecipe, images: Int, isFirst: Bool, passes: [Pass] = .training,
    isTrained: (String) -> Bool
  ) -> TrainingStep {
    var step = TrainingStep(gradientsOf: network, recipe, meanOver: images, passes: passes, isTrained)
    step.accumulateGradients(isFirst: isFirst)
    step.graph.verify(after: "building a part of the training step")
    return step
  }

  /// The update behind the last part.
  package static func update(
    of network: Graph, recipe: TrainingRecipe, isTrained: (String) -> Bool
  ) -> TrainingStep {
    let whole = TrainingStep(gradientsOf: network, recipe, meanOver: nil, passes: [], isTrained)
    var step = TrainingStep(updating: whole)
    step.addUpdates(recipe)
    step.graph.verify(after: "building the training step's update")
    return step
  }

  /// Forward half, loss and backward half, and what batch norms add to their running statistics.
  private init(
    gradientsOf network: Graph, _ recipe: TrainingRecipe, meanOver images: Int?, passes: [Pass],
    _ isTrained: (String) -> Bool
  ) {
    var forward = TrainingForward(network)
    forward.build(isTrained)
    let loss = forward.addLoss(recipe, images: images)
    let trained = forward.graph.parameters.filter { isTrained(forward.graph[$0].name) }
    let backward = forward.graph.differentiated(
      withRespectTo: trained, from: forward.scores, gradient: loss.gradient)
    let reached = trained.compactMap { parameter in backward.gradients[parameter].map { (parameter, $0) } }

    // What the updates read is returned while the passes run, so that they keep it.
    var built = backward.graph
    let kept =
      [loss.value, forward.scores] + reached.map(\.1) + forward.statistics.flatMap { [$0.mean, $0.variance] }
    built.outputs = kept.map { Graph.Output(name: built[$0].name, value: $0) }
    multiplications = built.nodes.reduce(CheckedInteger(0)) { $0 + built.multiplications(of: $1) }
    graph = passes(built)
    var values = graph.outputs.map(\.value)[...]
    graph.outputs = ["loss", "scores"].map { Graph.Output(name: $0, value: values.removeFirst()) }
    guard let lossNode = graph.producer(of: graph.outputs[0].value) else {
      preconditionFailure("a node computes the loss")
    }
    forwardCount = lossNode.index + 1

    // Passes keep the parameters, in their order.
    let parameters = Dictionary(uniqueKeysWithValues: zip(built.parameters, graph.parameters))
    func parameter(_ old: ValueID) -> ValueID {
      guard let new = parameters[old] else { preconditionFailure("a pass lost a parameter") }
      return new
    }
    gradients = reached.map { (parameter($0.0), values.removeFirst()) }
    if let random = forward.random {
      controls.append((Self.random, graph[parameter(random)].type.dimensions))
    }
    for var statistics in forward.statistics {
      statistics.runningMean = parameter(statistics.runningMean)
      statistics.runningVariance = parameter(statistics.runningVariance)
      (statistics.mean, statistics.variance) = (values.removeFirst(), values.removeFirst())
      update(statistics)
    }
  }

  /// A graph of the trained parameters and their accumulators alone.
  private init(updating step: TrainingStep) {
    graph = Graph(name: step.graph.name)
    forwardCount = 0
    multiplications = 0
    for (parameter, _) in step.gradients {
      let type = step.graph[parameter].type
      let target = graph.addParameter(step.graph[parameter].name, type)
      gradients.append((target, accumulator(of: target)))
    }
  }
}

// MARK: - Accumulators

extension TrainingStep {
  /// The tensor that gathers a parameter's gradient.
  private mutating func accumulator(of parameter: ValueID) -> ValueID {
    let name = "gradient.\(graph[parameter].name)"
    accumulators.append((name, graph[parameter].type.dimensions))
    return graph.addParameter(name, graph[parameter].type)
  }

  private mutating func accumulateGradients(isFirst: Bool) {
    for (parameter, gradient) in gradients {
      let sum = accumulator(of: parameter)
      if isFirst {
        graph.assignments.append(Graph.Assignment(parameter: sum, value: gradient))
      } else {
        assign(
          .training(.accumulate(AccumulateGradient())), [sum, gradient], to: [sum],
          named: graph[parameter].name)
      }
    }
  }
}

// MARK: - Updates

extension TrainingStep {
  private mutating func addUpdates(_ recipe: TrainingRecipe) {
    let clipped = recipe.clip.map { clip(gradients.map(\.gradient), to: $0) } ?? gradients.map(\.gradient)
    for ((parameter, _), gradient) in zip(gradients, clipped) { update(parameter, gradient, recipe) }
  }

  /// The gradients, made smaller where their norm passes the limit.
  private mutating func clip(_ gradients: [ValueID], to limit: Double) -> [ValueID] {
    func add(_ operation: TrainingOp, _ operands: [ValueID], _ name: String) -> ValueID {
      graph.addNode(
        .training(operation), inputs: [], parameters: operands, outputNames: [name], layers: ["clip"])[0]
    }
    let squares = gradients.map { add(.squaredNorm(SquaredNorm()), [$0], "\(graph[$0].name).squares") }
    let factor = add(.clipFactor(ClipFactor(limit: limit)), squares, "clip")
    return gradients.map { add(.scaleGradient(ScaleGradient()), [$0, factor], "\(graph[$0].name).clipped") }
  }

  private mutating func control(_ name: String, _ count: Int) -> ValueID {
    if let known = graph.parameters.first(where: { graph[$0].name == name }) { return known }
    controls.append((name, [count]))
    return graph.addParameter(name, .parameter([count]))
  }

  private mutating func state(_ kind: String, of parameter: ValueID) -> ValueID {
    let name = "\(kind).\(graph[parameter].name)"
    stateTensors.append((name, graph[parameter].type.dimensions))
    return graph.addParameter(name, graph[parameter].type)
  }

  private mutating func update(
    _ parameter: ValueID, _ gradient: ValueID, _ recipe: TrainingRecipe
  ) {
    let factor = recipe.rateFactor(of: graph[parameter].name)
    let operation: TrainingOp
    var operands = [parameter, gradient]
    switch recipe.optimizer {
    case .sgd(_, let momentum, let nesterov, let weightDecay):
      let sgd = SGDUpdate(
        momentum: momentum, isNesterov: nesterov, weightDecay: weightDecay, rateFactor: factor)
      if sgd.hasVelocity { operands.append(state("velocity", of: parameter)) }
      operands.append(control(Self.rate, 1))
      operation = .sgd(sgd)
    case .adam(_, let beta1, let beta2, let epsilon, let weightDecay, let isDecoupled):
      operands += [state("mean", of: parameter), state("square", of: parameter), control(Self.rate, 2)]
      operation = .adam(
        AdamUpdate(
          beta1: beta1, beta2: beta2, epsilon: epsilon, weightDecay: weightDecay, isDecoupled: isDecoupled,
          rateFactor: factor))
    }
    let changed = [parameter] + operands.dropFirst(2).dropLast()
    assign(.training(operation), operands, to: changed, named: graph[parameter].name)
  }

  private mutating func update(_ statistics: TrainingForward.Statistics) {
    assign(
      .training(.runningStatistics(RunningStatistics(momentum: statistics.momentum))),
      [statistics.runningMean, statistics.runningVariance, statistics.mean, statistics.variance],
      to: [statistics.runningMean, statistics.runningVariance], named: graph[statistics.runningMean].name)
  }

  /// Adds an update whose outputs take the places of parameters.
  private mutating func assign(_ op: Op, _ operands: [ValueID], to targets: [ValueID], named name: String) {
    let outputs = graph.addNode(
      op, inputs: [], parameters: operands, outputNames: targets.map { "new." + graph[$0].name },
      layers: [name.lastIndex(of: ".").map { String(name[..<$0]) } ?? name])
    for (parameter, value) in zip(targets, outputs) {
      graph.assignments.append(Graph.Assignment(parameter: parameter, value: value))
    }
  }
}
