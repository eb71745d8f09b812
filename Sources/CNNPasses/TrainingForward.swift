import CNNGraph
import CNNSpec

/// The forward half: batch norm with the batch's statistics, dropout with masks, small convolutions whose maxima are
/// kept only, the loss. A batch norm whose factor is not trained is frozen as a whole: it computes with its running
/// statistics, which stay.
struct TrainingForward {
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

  mutating func build(_ isTrained: (_ tensor: String) -> Bool) {
    let source = rewriter.source
    // Softmax belongs to the loss.
    if let last = source.producer(of: scores), case .softmax = source[last].op {
      scores = source[last].inputs[0]
    }
    let pooled = source.pooledConvolutions()
    let inside = Set(pooled.values.flatMap(\.behind))
    for id in source.nodeIDs where !inside.contains(id) {
      let node = source[id]
      if let (op, behind) = pooled[id] {
        add(op, node, behind)
        continue
      }
      switch node.op {
      case .batchNorm(let norm) where isTrained(source[node.parameters[0]].name): add(norm, node)
      case .batchNorm(let norm): rewriter.addChannelAffine(norm, node)
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

  /// A convolution with the function and the pool behind it.
  private mutating func add(_ op: ConvPool2DTraining, _ node: Node, _ behind: [NodeID]) {
    let source = rewriter.source
    guard let pool = behind.last.map({ source[$0].output }) else { preconditionFailure("there is a pool") }
    let outputs = rewriter.append(
      .training(.convPool2d(op)), inputs: [rewriter[node.inputs[0]]],
      parameters: node.parameters.map { rewriter[$0] },
      names: [source[pool].name, "\(source[pool].name).places"],
      layers: node.layers + behind.flatMap { source[$0].layers }, range: node.range)
    rewriter.replace(pool, by: outputs[0])
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

  /// Adds the loss and its gradient.
  /// - Parameter images: those that the loss is the mean over; nil for the batch that runs.
  mutating func addLoss(_ recipe: TrainingRecipe, images: Int?) -> (value: ValueID, gradient: ValueID) {
    let type = graph[scores].type
    let operation: TrainingOp
    let target: ValueID
    let isOfDistances =
      graph.producer(of: scores).map { if case .radialBasis = graph[$0].op { true } else { false } } ?? false
    switch recipe.loss {
    case .crossEntropy:
      target = graph.addInput("target", .activation(Shape(1, type.shape.height, type.shape.width)))
      operation = .crossEntropy(
        CrossEntropyLoss(labelSmoothing: recipe.labelSmoothing, isOfDistances: isOfDistances, images: images))
    case .meanSquaredError:
      target = graph.addInput("target", type)
      operation =
        isOfDistances
        ? .targetDistance(TargetDistanceLoss(images: images))
        : .meanSquaredError(MeanSquaredErrorLoss(images: images))
    }
    let outputs = graph.addNode(
      .training(operation), inputs: [scores, target], outputNames: ["loss", "d.scores"], layers: ["loss"])
    return (outputs[0], outputs[1])
  }
}

extension Graph {
  /// The small convolutions whose only use is a max pool that a training step computes with them, perhaps behind a
  /// function, and the nodes behind them that go into it.
  fileprivate func pooledConvolutions() -> [NodeID: (op: ConvPool2DTraining, behind: [NodeID])] {
    let soleUsers = soleUsers()
    var found: [NodeID: (op: ConvPool2DTraining, behind: [NodeID])] = [:]
    for id in nodeIDs {
      guard case .conv2d(let conv) = self[id].op else { continue }
      var behind: [NodeID] = []
      var activation: Activation?
      var user = soleUsers[self[id].output.index]
      if let next = user, case .activation(let function) = self[next].op {
        activation = function
        behind.append(next)
        user = soleUsers[self[next].output.index]
      }
      guard let next = user, case .pool2d(let pool) = self[next].op,
        let op = ConvPool2DTraining(conv, activation, pool, input: self[self[id].inputs[0]].type.shape)
      else { continue }
      found[id] = (op, behind + [next])
    }
    return found
  }
}
