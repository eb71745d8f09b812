import CNNGraph
import Testing

/// Compares the gradients that an operator adds to a graph with finite differences, in Double.
enum GradientChecker {
  /// Repeatable numbers in [-1, 1).
  static func numbers(_ stream: UInt64, _ count: Int) -> [Double] {
    (0..<count).map { index in
      var z = (UInt64(index) + 1) &* 0x9E37_79B9_7F4A_7C15 &+ stream &* 0xD134_2543_DE82_EF95
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      z ^= z >> 31
      return Double(z >> 40) / Double(1 << 24) * 2 - 1
    }
  }

  /// The loss is the sum of the output's elements, each times a fixed number.
  /// - Parameters:
  ///   - transform: applied to the random inputs, e.g. to keep away from kinks.
  ///   - parameterTransform: applied to the random parameters, e.g. to make variances positive.
  static func check<Layer: Differentiable>(
    _ layer: Layer, as op: Op, on shapes: [Shape], batch: Int = 2, tolerance: Double = 1e-6,
    transform: (Double) -> Double = { $0 }, parameterTransform: (_ parameter: Int, Double) -> Double = { $1 },
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let outputShape = try #require(layer.outputShape(for: shapes), sourceLocation: sourceLocation)
    let specs = layer.parameters(for: shapes)
    var graph = Graph(name: "check")
    let inputs = shapes.enumerated().map { graph.addInput("x\($0)", .activation($1)) }
    let parameters = specs.map { graph.addParameter($0.suffix, .parameter($0.dimensions)) }
    let seed = graph.addInput("seed", .activation(outputShape))
    let output = graph.addNode(
      op, inputs: inputs, parameters: parameters, outputNames: ["y"], layers: ["layer"])[0]
    var builder = GradientBuilder(graph) { _ in true }
    let node = graph[NodeID(ofOnlyNodeIn: graph)]
    layer.addGradients(of: node, from: seed, to: &builder)
    builder.graph.verify(after: "differentiating")

    var values: [ValueID: Tensor<Double>] = [:]
    for (index, id) in inputs.enumerated() {
      let shape = shapes[index]
      let elements = numbers(UInt64(index), batch * shape.count).map(transform)
      values[id] = Tensor([batch, shape.channels, shape.height, shape.width], elements)
    }
    for (index, id) in parameters.enumerated() {
      let elements = numbers(100 + UInt64(index), graph[id].type.count).map { parameterTransform(index, $0) }
      values[id] = Tensor(specs[index].dimensions, elements)
    }
    let seedShape = [batch, outputShape.channels, outputShape.height, outputShape.width]
    values[seed] = Tensor(seedShape, numbers(200, batch * outputShape.count))

    let results = evaluate(builder.graph, values)
    for operand in inputs + parameters {
      let role = parameters.firstIndex(of: operand).map { specs[$0].role }
      let gradient = builder.gradient(of: operand)
      if gradient == nil && role == .buffer { continue }
      // Without a gradient, an operand must not matter to the loss.
      let zeros = [Double](repeating: 0, count: values[operand]!.elements.count)
      let found = gradient.map { results[$0]!.elements } ?? zeros
      let expected = differences(graph, values, operand, output, seed)
      let scale = max(1e-3, expected.map(abs).max() ?? 0)
      let worst = zip(found, expected).map { abs($0 - $1) / scale }.max() ?? 0
      #expect(
        worst < tolerance, "\(layer) on \(shapes): gradient of \(graph[operand].name)",
        sourceLocation: sourceLocation)
    }
  }

  private static func evaluate(
    _ graph: Graph, _ values: [ValueID: Tensor<Double>]
  ) -> [ValueID: Tensor<Double>] {
    let inputs = values.filter { graph[$0.key].definition == .input }
    return graph.evaluate(inputs: inputs) { name in
      values.first { graph[$0.key].name == name }!.value
    }
  }

  /// (loss(v + h) - loss(v - h)) / 2h for each element v of a value.
  private static func differences(
    _ graph: Graph, _ values: [ValueID: Tensor<Double>], _ operand: ValueID, _ output: ValueID,
    _ seed: ValueID
  ) -> [Double] {
    let step = 1e-5
    func loss(_ values: [ValueID: Tensor<Double>]) -> Double {
      zip(evaluate(graph, values)[output]!.elements, values[seed]!.elements).reduce(0) { $0 + $1.0 * $1.1 }
    }
    return values[operand]!.elements.indices.map { index in
      var up = values
      var down = values
      up[operand]!.elements[index] += step
      down[operand]!.elements[index] -= step
      return (loss(up) - loss(down)) / (2 * step)
    }
  }
}

extension NodeID {
  fileprivate init(ofOnlyNodeIn graph: Graph) { self = graph.nodeIDs[0] }
}
