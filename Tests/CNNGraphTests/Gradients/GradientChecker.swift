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
  static func check<Layer: Differentiable & LayerOperator>(
    _ layer: Layer, as op: Op, on shapes: [Shape], batch: Int = 2, tolerance: Double = 1e-6,
    transform: (Double) -> Double = { $0 }, parameterTransform: (_ parameter: Int, Double) -> Double = { $1 },
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let specs = layer.parameters(for: shapes)
    let fixed = specs.indices.filter { specs[$0].role == .buffer }
    try check(
      op, on: shapes, parameters: specs.map(\.dimensions), fixed: Set(fixed), batch: batch,
      tolerance: tolerance, transform: transform, parameterTransform: parameterTransform,
      sourceLocation: sourceLocation)
  }

  /// The same for an operator of a training step; the loss is made of its first output.
  /// - Parameters:
  ///   - parameters: the dimensions of each.
  ///   - fixed: the parameters that need no gradient.
  static func check(
    _ op: Op, on shapes: [Shape], parameters dimensions: [[Int]] = [], fixed: Set<Int> = [], batch: Int = 2,
    tolerance: Double = 1e-6, transform: (Double) -> Double = { $0 },
    parameterTransform: (_ parameter: Int, Double) -> Double = { $1 },
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let layer = try #require(op.implementation as? any Differentiable, sourceLocation: sourceLocation)
    let types = try #require(
      layer.outputTypes(
        inputs: shapes.map(TensorType.activation), parameters: dimensions.map(TensorType.parameter)),
      sourceLocation: sourceLocation)
    let outputShape = types[0].shape
    var graph = Graph(name: "check")
    let inputs = shapes.enumerated().map { graph.addInput("x\($0)", .activation($1)) }
    let parameters = dimensions.enumerated().map { graph.addParameter("p\($0)", .parameter($1)) }
    let seed = graph.addInput("seed", .activation(outputShape))
    let output = graph.addNode(
      op, inputs: inputs, parameters: parameters, outputNames: types.indices.map { "y\($0)" },
      layers: ["layer"])[0]
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
      values[id] = Tensor(dimensions[index], elements)
    }
    let seedShape = [batch, outputShape.channels, outputShape.height, outputShape.width]
    values[seed] = Tensor(seedShape, numbers(200, batch * outputShape.count))

    let results = evaluate(builder.graph, values)
    for operand in inputs + parameters {
      let isFixed = parameters.firstIndex(of: operand).map(fixed.contains) ?? false
      let gradient = builder.gradient(of: operand)
      if gradient == nil && isFixed { continue }
      // Without a gradient, an operand must not matter to the loss.
      let zeros = [Double](repeating: 0, count: values[operand]!.elements.count)
      let found = gradient.map { results[$0]!.elements } ?? zeros
      let expected = differences(graph, values, operand, output, seed)
      let scale = max(1e-3, expected.map(abs).max() ?? 0)
      let worst = zip(found, expected).map { abs($0 - $1) / scale }.max() ?? 0
      #expect(
        worst < tolerance, "\(op) on \(shapes): gradient of \(graph[operand].name)",
        sourceLocation: sourceLocation)
    }
  }

  /// Compares the gradient that a loss returns, its second output, with differences of the mean of its first.
  static func checkLoss(
    _ loss: some Operator, _ x: Tensor<Double>, targets: Tensor<Double>, tolerance: Double = 1e-8,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    func mean(_ x: Tensor<Double>) -> Double {
      loss.evaluateAll([x, targets], parameters: [])[0].elements.reduce(0, +) / Double(x.batch)
    }
    let found = loss.evaluateAll([x, targets], parameters: [])[1]
    let step = 1e-5
    for index in x.elements.indices {
      var (up, down) = (x, x)
      up.elements[index] += step
      down.elements[index] -= step
      let expected = (mean(up) - mean(down)) / (2 * step)
      #expect(
        abs(found.elements[index] - expected) < tolerance, "\(loss) at \(index)",
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
