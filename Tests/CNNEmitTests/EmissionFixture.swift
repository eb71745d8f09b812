import CNNEmit
import CNNGraph
import CNNPlan
import CNNSpec
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

  /// - Parameter weights: whether there are any: the number 0.5 everywhere.
  static func emission(
    _ text: String = small, file: String = "small.yaml", weights: Bool = true,
    _ change: (inout Emission.Options) -> Void = { _ in }
  ) throws -> Emission {
    var options = Emission.Options(.swift)
    change(&options)
    let network = try network(text, file: file)
    var counts: [String: Int] = [:]
    for layer in network.layers {
      for parameter in layer.parameters { counts[parameter.name] = parameter.spec.dimensions.reduce(1, *) }
    }
    guard weights else { return try Emission(network, weights: nil, options: options) }
    let known = counts
    return try Emission(
      network, weights: { name in known[name].map { Array(repeating: Float(0.5), count: $0) } },
      options: options)
  }
}
