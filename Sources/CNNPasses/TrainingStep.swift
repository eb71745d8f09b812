import CNNGraph
import CNNSpec

/// A training step as one graph: forward, loss, backward, update. Planned, printed and run like inference.
///
/// Inputs: the images, and the targets (a class's number 1x1x1, or for the mean squared error the output's
/// shape). Outputs: `loss`, each image's, and `scores`, what enters the loss. The parameters are the
/// network's tensors, the optimizer's state (``stateTensors``) and what the loop sets for every step
/// (``controls``); trained tensors, their state and running statistics are assigned to.
package struct TrainingStep: Sendable {
  /// The learning rate; for Adam the rate and the number of the step, from 1.
  package static let rate = "step.rate"
  /// A ``RandomState``'s elements.
  package static let random = "step.random"

  package private(set) var graph: Graph
  /// The optimizer's tensors, zero before the first step, under `KIND.TENSOR`: `velocity.conv1.weight`.
  package private(set) var stateTensors: [(name: String, dimensions: [Int])] = []
  /// Tensors that are set before each step.
  package private(set) var controls: [(name: String, dimensions: [Int])] = []

  /// - Parameters:
  ///   - network: a network's graph as its spec says it, nothing optimised, with one output.
  ///   - recipe: loss and optimizer; the loop has the rest.
  ///   - isTrained: whether a tensor of the network is changed by the optimizer.
  package init(_ network: Graph, recipe: TrainingRecipe, isTrained: (_ tensor: String) -> Bool) {
    var forward = TrainingForward(network)
    forward.build()
    let loss = forward.addLoss(recipe)
    let trained = forward.graph.parameters.filter { isTrained(forward.graph[$0].name) }
    let backward = forward.graph.differentiated(
      withRespectTo: trained, from: forward.scores, gradient: loss.gradient)
    graph = backward.graph
    graph.outputs = [
      Graph.Output(name: "loss", value: loss.value), Graph.Output(name: "scores", value: forward.scores),
    ]
    if let random = forward.random { controls.append((Self.random, graph[random].type.dimensions)) }
    for parameter in trained {
      if let gradient = backward.gradients[parameter] { update(parameter, gradient, recipe.optimizer) }
    }
    for statistics in forward.statistics { update(statistics) }
    graph.verify(after: "building the training step")
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
    _ parameter: ValueID, _ gradient: ValueID, _ optimizer: TrainingRecipe.Optimizer
  ) {
    let operation: TrainingOp
    var operands = [parameter, gradient]
    switch optimizer {
    case .sgd(_, let momentum, let nesterov, let weightDecay):
      let sgd = SGDUpdate(momentum: momentum, isNesterov: nesterov, weightDecay: weightDecay)
      if sgd.hasVelocity { operands.append(state("velocity", of: parameter)) }
      operands.append(control(Self.rate, 1))
      operation = .sgd(sgd)
    case .adam(_, let beta1, let beta2, let epsilon, let weightDecay, let isDecoupled):
      operands += [state("mean", of: parameter), state("square", of: parameter), control(Self.rate, 2)]
      operation = .adam(
        AdamUpdate(
          beta1: beta1, beta2: beta2, epsilon: epsilon, weightDecay: weightDecay, isDecoupled: isDecoupled))
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
      layers: [String(name.prefix { $0 != "." })])
    for (parameter, value) in zip(targets, outputs) {
      graph.assignments.append(Graph.Assignment(parameter: parameter, value: value))
    }
  }
}

/// The forward half: batch norm with the batch's statistics, dropout with masks, the loss.
private struct TrainingForward {
  /// A batch norm's running statistics and what the batch adds to them.
  struct Statistics {
    var runningMean: ValueID
    var runningVariance: ValueID
    var mean: ValueID
    var variance: ValueID
    var momentum: Double
  }

  private var rewriter: GraphRewriter
  private(set) var graph: Graph
  private(set) var statistics: [Statistics] = []
  private(set) var random: ValueID?
  /// What enters the loss.
  private(set) var scores: ValueID
  private var dropouts = 0

  init(_ network: Graph) {
    precondition(network.outputs.count == 1, "a network is trained on one output")
    rewriter = GraphRewriter(network)
    graph = rewriter.result
    scores = network.outputs[0].value
  }

  mutating func build() {
    let source = rewriter.source
    // Softmax belongs to the loss.
    if let last = source.producer(of: scores), case .softmax = source[last].op {
      scores = source[last].inputs[0]
    }
    for node in source.nodes {
      switch node.op {
      case .batchNorm(let norm): add(norm, node)
      case .dropout(let dropout): add(dropout, node)
      default: rewriter.keep(node)
      }
    }
    scores = rewriter[scores]
    graph = rewriter.result
  }

  private mutating func add(_ norm: BatchNorm, _ node: Node) {
    let name = rewriter.source[node.output].name
    let parameters = node.parameters.map { rewriter[$0] }
    let outputs = rewriter.append(
      .training(.batchNorm(BatchNormTraining(epsilon: norm.epsilon))), inputs: [rewriter[node.inputs[0]]],
      parameters: Array(parameters[..<2]),
      names: [name, "\(name).mean", "\(name).inverse_deviation", "\(name).variance"], of: node)
    rewriter.replace(node.output, by: outputs[0])
    statistics.append(
      Statistics(
        runningMean: parameters[2], runningVariance: parameters[3], mean: outputs[1], variance: outputs[3],
        momentum: norm.momentum))
  }

  private mutating func add(_ dropout: Dropout, _ node: Node) {
    let state = random ?? rewriter.appendParameter(TrainingStep.random, .parameter(RandomState.dimensions))
    random = state
    let outputs = rewriter.append(
      .training(.dropout(DropoutTraining(rate: dropout.rate, stream: dropouts))),
      inputs: [rewriter[node.inputs[0]]], parameters: [state], names: [rewriter.source[node.output].name],
      of: node)
    dropouts += 1
    rewriter.replace(node.output, by: outputs[0])
  }

  mutating func addLoss(_ recipe: TrainingRecipe) -> (value: ValueID, gradient: ValueID) {
    let type = graph[scores].type
    let operation: TrainingOp
    let target: ValueID
    switch recipe.loss {
    case .crossEntropy:
      target = graph.addInput("target", .activation(Shape(1, type.shape.height, type.shape.width)))
      operation = .crossEntropy(CrossEntropyLoss(labelSmoothing: recipe.labelSmoothing))
    case .meanSquaredError:
      target = graph.addInput("target", type)
      operation = .meanSquaredError(MeanSquaredErrorLoss())
    }
    let outputs = graph.addNode(
      .training(operation), inputs: [scores, target], outputNames: ["loss", "d.scores"], layers: ["loss"])
    return (outputs[0], outputs[1])
  }
}
