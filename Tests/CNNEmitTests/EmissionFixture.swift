import CNNEmit
import CNNGraph
import CNNPasses
import CNNPlan
import CNNSpec
import CNNTrain
import Testing

/// Networks to emit.
enum EmissionFixture {
  static let small = """
    input: 2x6x6
    network: conv(4, 3x3, pad=1) - relu - maxpool(2) - fc(3) - softmax
    preprocess: {scale: 1/255, mean: 0.5, std: 0.25}
    classes: [T-shirt/top, Ankle boot, "3"]
    """

  static func network(_ text: String, file: String = "small.yaml") throws -> CheckedNetwork {
    let source = SpecSource(text: SourceText(name: file, text), folder: ".")
    return try source.report().single().network
  }

  /// A training step of the batch of the network's recipe.
  static func trainingStep(_ network: CheckedNetwork) throws -> ExecutionPlan {
    let recipe = network.spec.training
    let trained = try TrainedTensors(network, recipe: recipe)
    return try TrainingPlanner.plan(
      GraphBuilder.build(network), recipe: recipe, batch: recipe.batch, memory: nil,
      isTrained: trained.contains
    ).step.first
  }

  /// - Parameters:
  ///   - weights: whether there are any: the number 0.5 everywhere.
  ///   - trains: whether there is a training step.
  static func emission(
    _ text: String = small, file: String = "small.yaml", weights: Bool = true, trains: Bool = false,
    _ change: (inout Emission.Options) -> Void = { _ in }
  ) throws -> Emission {
    var options = Emission.Options(.swift)
    change(&options)
    let network = try network(text, file: file)
    var counts: [String: Int] = [:]
    for layer in network.layers {
      for parameter in layer.parameters { counts[parameter.name] = parameter.spec.dimensions.reduce(1, *) }
    }
    let step = trains ? try trainingStep(network) : nil
    guard weights else { return try Emission(network, weights: nil, options: options, training: step) }
    let known = counts
    return try Emission(
      network, weights: { name in known[name].map { Array(repeating: Float(0.5), count: $0) } },
      options: options, training: step)
  }
}
