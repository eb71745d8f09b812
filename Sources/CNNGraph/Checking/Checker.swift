import CNNSpec

/// Checks the layers of an expanded network in order: arguments, shapes, counts.
///
/// A layer that is wrong has no output shape, and what depends on it is not complained about.
package struct Checker {
  private let spec: Spec
  private let network: Network
  private let isQuiet: Bool
  private var result: CheckedNetwork
  private var diagnostics: DiagnosticCollector

  /// - Parameter input: the shape of one image; the spec's own where that asks nothing.
  package static func check(
    _ spec: Spec, _ network: Network, input: Shape, _ diagnostics: inout DiagnosticCollector
  ) -> CheckedNetwork {
    var checker = Checker(spec, network, input, isQuiet: false, diagnostics)
    for index in network.layers.indices { checker.checkLayer(index) }
    checker.countTotals()
    checker.findOutputs()
    checker.checkClasses()
    checker.checkFrozen()
    diagnostics = checker.diagnostics
    return checker.result
  }

  /// Whether every layer fits an input of this shape, and whether anything had to be rounded; no counts and
  /// no messages.
  package static func fits(_ spec: Spec, _ network: Network, input: Shape) -> (fits: Bool, hasRounded: Bool) {
    var checker = Checker(spec, network, input, isQuiet: true, DiagnosticCollector())
    for index in network.layers.indices {
      checker.checkLayer(index)
      if checker.result.layers[index].outputShape == nil { return (false, false) }
    }
    return (true, checker.result.hasRounded)
  }

  private init(
    _ spec: Spec, _ network: Network, _ input: Shape, isQuiet: Bool, _ diagnostics: DiagnosticCollector
  ) {
    self.spec = spec
    self.network = network
    self.isQuiet = isQuiet
    self.diagnostics = diagnostics
    result = CheckedNetwork(
      spec: spec, input: input, layers: [], calls: network.calls, result: network.result)
    result.layers.reserveCapacity(network.layers.count)
    if CheckedInteger.product([input.channels, input.height, input.width, 4]).value == nil {
      self.diagnostics.error(
        .overflow, "an input of \(input) is past 64 bits", at: spec.input.range)
      result.input = Shape(0, 0, 0)
    }
  }

  // MARK: A layer

  private mutating func checkLayer(_ index: Int) {
    let layer = network.layers[index]
    var checked = CheckedLayer(layer: layer)
    let shapes = layer.inputs.map { result.shape(of: $0) }
    let known = shapes.compactMap(\.self)
    checked.inputShapes = known.count == shapes.count && known.allSatisfy { $0.channels > 0 } ? known : nil
    if let rule = layer.kind.flatMap({ KindRules.all[$0] }),
      let outcome = apply(rule, layer, checked.inputShapes)
    {
      checked.operators = outcome.operators
      checked.inputs = outcome.inputs ?? layer.inputs
      let inputs = checked.inputs.compactMap { result.shape(of: $0) }
      complete(&checked, inputs: inputs)
    }
    result.layers.append(checked)
  }

  private mutating func apply(
    _ rule: KindRules.Rule, _ layer: Layer, _ inputShapes: [Shape]?
  ) -> KindContext.Result? {
    let current = result
    var context = KindContext(
      layer: layer, network: network, inputShapes: inputShapes,
      arguments: LayerArguments(layer: layer, shapeOf: { current.shape(of: $0) }),
      operatorsOf: { current.layers[$0].operators }, rounding: spec.rounding,
      trail: { Self.trail(of: layer, in: current) }, isQuiet: isQuiet, diagnostics: diagnostics)
    let outcome = rule(&context)
    diagnostics = context.diagnostics
    result.hasRounded = result.hasRounded || context.hasRounded
    return outcome
  }

  /// Shape and counts of a layer whose operators are known.
  private mutating func complete(_ checked: inout CheckedLayer, inputs: [Shape]) {
    var shapes = inputs
    var cost = Cost()
    for op in checked.operators {
      guard let op = op.implementation as? any LayerOperator else {
        preconditionFailure("\(op) is no layer's")
      }
      guard let output = op.outputShape(for: shapes),
        let bytes = CheckedInteger.product([output.channels, output.height, output.width, 4]).value
      else {
        diagnostics.error(
          .overflow, "the output of `\(checked.name)` is past 64 bits", at: checked.layer.range)
        return
      }
      checked.activationBytes = bytes
      if !isQuiet {
        cost += op.cost(for: shapes, output: output)
        for spec in op.parameters(for: shapes) {
          checked.parameters.append(("\(checked.name).\(spec.suffix)", spec))
        }
      }
      shapes = [output]
    }
    if !isQuiet, !count(&checked, cost, inputs: inputs, output: shapes[0]) {
      diagnostics.error(
        .overflow, "the counts of `\(checked.name)` are past 64 bits", at: checked.layer.range)
      return
    }
    checked.outputShape = shapes[0]
  }

  /// The counts as plain integers; false where one is past 64 bits.
  private func count(_ checked: inout CheckedLayer, _ cost: Cost, inputs: [Shape], output: Shape) -> Bool {
    for (_, spec) in checked.parameters {
      var size = CheckedInteger.product(spec.dimensions)
      if case .conv2d(let conv) = checked.operators[0], conv.connections != nil, spec.role == .weight {
        size = conv.connectedWeights(inputChannels: inputs[0].channels)
      }
      guard let number = size.value, (size * 4).value != nil else { return false }
      switch spec.role {
      case .weight: checked.weights += number
      case .bias: checked.biases += number
      case .buffer: checked.buffers += number
      }
    }
    var connections = cost.connections
    // LeCun's subsampling: each output uses the map's weight once a pixel of its window, and its bias.
    if checked.layer.kind == "subsample", case .pool2d(let pool) = checked.operators[0] {
      let window = CheckedInteger(pool.window.kernel.height) * pool.window.kernel.width + 1
      connections = window * CheckedInteger.product([output.channels, output.height, output.width])
    }
    guard let multiplications = cost.multiplications.value, let others = cost.otherOperations.value,
      let uses = connections.value
    else { return false }
    checked.multiplications = multiplications
    checked.otherOperations = others
    checked.connections = uses
    // What an unpooling reads besides lies where its pool looked.
    let fields = checked.layer.inputs.map { input -> ReceptiveField? in
      switch input {
      case .network: .input
      case .layer(let index): result.layers[index].receptiveField
      case .unknown: nil
      }
    }
    guard let first = fields.first else { return true }
    let field = fields.dropFirst().reduce(first) { field, other in other.flatMap { field?.union($0) } }
    checked.receptiveField = checked.operators.reduce(field) { $0?.behind($1, input: inputs[0]) }
    return true
  }

  /// ` (sizes: 224x224 input, 54x54 conv1)`: where the size that enters a layer comes from.
  private static func trail(of layer: Layer, in network: CheckedNetwork) -> String {
    var steps: [(name: String, size: Size2D)] = []
    var next = layer.inputs.first
    while let value = next {
      guard let shape = network.shape(of: value) else { break }
      // Only the layer that made a size is named, not those that kept it.
      if steps.last?.size == shape.size { steps.removeLast() }
      steps.append((network.name(of: value), shape.size))
      if case .layer(let index) = value {
        next = network.layers[index].layer.inputs.first
      } else {
        next = nil
      }
    }
    guard steps.count > 1 else { return "" }
    let shown = steps.reversed().suffix(6).map { "\($0.size) \($0.name)" }
    return " (sizes: \(steps.count > 6 ? "... " : "")\(shown.joined(separator: ", ")))"
  }

  // MARK: The whole

  private mutating func countTotals() {
    var sums = [CheckedInteger](repeating: 0, count: 6)
    for layer in result.layers where layer.outputShape != nil {
      let numbers = [
        layer.parameterCount, layer.buffers, layer.multiplications, layer.connections, layer.otherOperations,
        layer.activationBytes,
      ]
      for (index, number) in numbers.enumerated() { sums[index] = sums[index] + number }
    }
    let values = sums.compactMap(\.value)
    guard values.count == 6 else {
      diagnostics.error(.overflow, "the network's totals are past 64 bits", at: spec.input.range)
      return
    }
    result.totals.parameters = values[0]
    result.totals.buffers = values[1]
    result.totals.multiplications = values[2]
    result.totals.connections = values[3]
    result.totals.otherOperations = values[4]
    result.totals.activationBytes = values[5]
  }

  private mutating func findOutputs() {
    guard !spec.outputs.isEmpty else {
      result.outputs = [(result.name(of: network.result), network.result)]
      return
    }
    // A network may return thousands of values, each of which would be looked for among all layers.
    let layers = Dictionary(
      result.layers.enumerated().map { ($1.name, LayerInput.layer($0)) },
      uniquingKeysWith: { first, _ in first })
    var seen: Set<String> = []
    for output in spec.outputs {
      if !seen.insert(output.name).inserted {
        diagnostics.error(.labelCollision, "`\(output.name)` is returned already", at: output.range)
      } else if let value = layers[output.name] ?? result.calls[output.name] {
        result.outputs.append((output.name, value))
      } else {
        diagnostics.error(
          .unknownLabel, "no layer is named `\(output.name)`", at: output.range,
          help: Nearest.help(output.name, among: network.layers.prefix(1000).map(\.name)))
      }
    }
  }

  /// `freeze` names layers, or what their names begin with.
  private mutating func checkFrozen() {
    for word in spec.training.freeze where !network.layers.contains(where: { $0.name.hasPrefix(word.text) }) {
      diagnostics.error(
        .unknownLabel, "`freeze` names `\(word.text)`, but no layer's name begins so", at: word.range,
        help: Nearest.help(word.text, among: network.layers.prefix(1000).map(\.name)))
    }
  }

  private mutating func checkClasses() {
    guard case .labels(let labels, let range) = spec.classes, let value = result.outputs.first?.value,
      let shape = result.shape(of: value), labels.count != shape.channels
    else { return }
    diagnostics.error(
      .classCount, "there are \(labels.count) classes, but the network returns \(shape.channels) channels",
      at: range, help: ["list \(shape.channels) labels, or change the last layer's size to \(labels.count)"])
  }
}
