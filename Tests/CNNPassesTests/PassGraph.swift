import CNNGraph
import CNNSpec

@testable import CNNPasses

/// Builds graphs for tests as one reads them: `let y = net.relu(net.conv(x, 4))`.
struct PassGraph {
  var graph = Graph(name: "test")
  private var counts: [String: Int] = [:]

  mutating func input(_ shape: Shape, _ name: String = "input") -> ValueID {
    graph.addInput(name, .activation(shape))
  }

  func shape(_ value: ValueID) -> Shape { graph[value].type.shape }

  mutating func node<Layer: LayerOperator>(
    _ layer: Layer, _ wrap: (Layer) -> Op, _ inputs: [ValueID], _ word: String
  ) -> ValueID {
    counts[word, default: 0] += 1
    let name = "\(word)\(counts[word]!)"
    let parameters = layer.parameters(for: inputs.map { shape($0) }).map {
      graph.addParameter("\(name).\($0.suffix)", .parameter($0.dimensions))
    }
    return graph.addNode(
      wrap(layer), inputs: inputs, parameters: parameters, outputNames: [name], layers: [name])[0]
  }

  mutating func conv(
    _ x: ValueID, _ filters: Int, kernel: Int = 1, pad: Int = 0, groups: Int = 1, bias: Bool = true,
    connections: [[Int]]? = nil
  ) -> ValueID {
    let window = Window2D(kernel: Size2D(kernel), padding: Padding(pad))
    let op = Conv2D(
      filters: filters, window: window, groups: groups, hasBias: bias, connections: connections)
    return node(op, Op.conv2d, [x], "conv")
  }

  mutating func deconv(
    _ x: ValueID, _ filters: Int, kernel: Int = 1, groups: Int = 1, bias: Bool = true
  ) -> ValueID {
    let op = Deconv2D(filters: filters, kernel: Size2D(kernel), groups: groups, hasBias: bias)
    return node(op, Op.deconv2d, [x], "deconv")
  }

  mutating func fc(_ x: ValueID, _ units: Int, bias: Bool = true) -> ValueID {
    node(Dense(units: units, hasBias: bias), Op.dense, [x], "fc")
  }
  mutating func bn(_ x: ValueID) -> ValueID {
    node(BatchNorm(epsilon: 1e-3, momentum: 0.1), Op.batchNorm, [x], "bn")
  }
  mutating func scale(_ x: ValueID) -> ValueID { node(ChannelAffine(), Op.channelAffine, [x], "scale") }
  mutating func relu(_ x: ValueID) -> ValueID { node(Activation.relu, Op.activation, [x], "relu") }
  mutating func tanh(_ x: ValueID) -> ValueID { node(Activation.tanh, Op.activation, [x], "tanh") }
  mutating func add(_ inputs: ValueID...) -> ValueID { node(Add(), Op.add, inputs, "add") }
  mutating func concat(_ inputs: ValueID...) -> ValueID { node(Concat(), Op.concat, inputs, "concat") }
  mutating func identity(_ x: ValueID) -> ValueID { node(Identity(), Op.identity, [x], "identity") }
  mutating func dropout(_ x: ValueID) -> ValueID { node(Dropout(), Op.dropout, [x], "dropout") }
  mutating func pool(_ x: ValueID, kernel: Int) -> ValueID {
    node(Pool2D(mode: .max, window: Window2D(kernel: Size2D(kernel))), Op.pool2d, [x], "pool")
  }

  mutating func output(_ values: ValueID...) {
    for value in values { graph.outputs.append(.init(name: graph[value].name, value: value)) }
  }
}

extension Graph {
  /// The dump without its first line.
  var body: String { description.split(separator: "\n").dropFirst().joined(separator: "\n") }

  /// The operators in order, with what happens at their stores: `conv2d+add+relu`.
  var operators: [String] {
    nodes.map { node in
      var text = node.op.name
      if let epilogue = node.op.epilogue {
        if epilogue.addsResidual { text += "+add" }
        if let activation = epilogue.activation { text += "+\(activation)" }
      }
      switch node.op {
      case .training(.batchNorm(let norm)) where norm.isRectified: text += "+relu"
      case .gradient(.batchNorm(let gradient)) where gradient.isRectified: text += "+relu"
      default: break
      }
      return text
    }
  }

  /// The outputs for repeatable inputs and parameters, by their names.
  func outputs(batch: Int = 2) -> [String: Tensor<Double>] {
    func numbers(_ name: String, _ count: Int) -> [Double] {
      var random = Numbers(state: name.utf8.reduce(7) { $0 &* 31 &+ UInt64($1) })
      if name == TrainingStep.random { return RandomState(seed: 3, step: 8).elements.map(Double.init) }
      return (0..<count).map { _ in
        // A class's number; a variance, which is positive.
        if name == "target" { return Double(random.below(2)) }
        return name.hasSuffix("running_var") ? 0.5 + random.next() : 2 * random.next() - 1
      }
    }
    var inputs: [ValueID: Tensor<Double>] = [:]
    for id in self.inputs {
      let shape = self[id].type.shape
      inputs[id] = Tensor(
        [batch, shape.channels, shape.height, shape.width], numbers(self[id].name, batch * shape.count))
    }
    var dimensions: [String: [Int]] = [:]
    for id in parameters { dimensions[self[id].name] = self[id].type.dimensions }
    let values = evaluate(inputs: inputs) { name in
      Tensor(dimensions[name]!, numbers(name, dimensions[name]!.reduce(1, *)))
    }
    return Dictionary(uniqueKeysWithValues: outputs.map { ($0.name, values[$0.value]!) })
  }

  /// How far this graph's outputs are from another's, relative to the largest; infinite where they have
  /// other names or shapes.
  func distance(to other: Graph) -> Double {
    let (mine, others) = (outputs(), other.outputs())
    guard mine.keys == others.keys else { return .infinity }
    var worst = 0.0
    for (name, a) in mine {
      guard let b = others[name], a.dimensions == b.dimensions else { return .infinity }
      let largest = max(1e-30, b.elements.map(abs).max() ?? 0)
      for (x, y) in zip(a.elements, b.elements) {
        let error = abs(x - y) / largest
        worst = error.isNaN ? .infinity : max(worst, error)
      }
    }
    return worst
  }
}

extension TrainingStep {
  /// The step, returning what its tensors become too.
  var observed: Graph {
    var graph = graph
    graph.outputs += graph.assignments.map { .init(name: graph[$0.value].name, value: $0.value) }
    return graph
  }
}

/// Repeatable numbers in [0, 1) (SplitMix64).
struct Numbers {
  var state: UInt64

  mutating func bits() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  mutating func next() -> Double { Double(bits() >> 40) / Double(1 << 24) }
  mutating func below(_ bound: Int) -> Int { Int(bits() >> 33) % bound }
  mutating func pick<Element>(_ elements: [Element]) -> Element { elements[below(elements.count)] }
}
