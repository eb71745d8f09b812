import CNNGraph
import CNNSpec

/// Graphs that nobody would write: operators of all memory roles on each other's outputs, in any order.
struct RandomGraph {
  private(set) var graph = Graph(name: "random")
  private var random: Generator
  private var values: [ValueID] = []
  private var count = 0

  /// Repeatable numbers.
  struct Generator {
    private let numbers: [Float]
    private var next = 0

    init(seed: Int) { numbers = KernelChecker.numbers(UInt64(seed), 4096) }

    mutating func below(_ bound: Int) -> Int {
      next += 1
      return min(bound - 1, Int((numbers[next % numbers.count] + 1) / 2 * Float(bound)))
    }
    mutating func pick<Element>(_ elements: [Element]) -> Element { elements[below(elements.count)] }
  }

  init(seed: Int, nodes: Int = 24) {
    random = Generator(seed: seed)
    let shape = random.pick([Shape(1, 1, 1), Shape(2, 3, 3), Shape(4, 2, 3), Shape(6, 1, 4)])
    values.append(graph.addInput("input", .activation(shape)))
    if random.below(4) == 0 { values.append(graph.addInput("second", .activation(shape))) }
    while graph.nodes.count < nodes { addNode() }
    for index in 0...random.below(4) {
      // Often the last values, so that most of the graph is needed.
      let value = random.below(2) == 0 ? values[values.count - 1 - random.below(3)] : random.pick(values)
      graph.outputs.append(.init(name: "out\(index)", value: value))
    }
  }

  private func shape(_ value: ValueID) -> Shape { graph[value].type.shape }

  /// One of the values, mostly a young one.
  private mutating func value() -> ValueID {
    random.below(3) == 0 ? random.pick(values) : values[max(0, values.count - 1 - random.below(4))]
  }

  private mutating func values(_ count: Int, where holds: (ValueID) -> Bool) -> [ValueID] {
    let fitting = values.filter(holds)
    return (0..<count).map { _ in random.pick(fitting) }
  }

  private mutating func add<Layer: LayerOperator>(
    _ layer: Layer, _ wrap: (Layer) -> Op, _ inputs: [ValueID]
  ) {
    count += 1
    let name = "\(Layer.name)\(count)"
    let parameters = layer.parameters(for: inputs.map { shape($0) }).map {
      graph.addParameter("\(name).\($0.suffix)", .parameter($0.dimensions))
    }
    values += graph.addNode(
      wrap(layer), inputs: inputs, parameters: parameters, outputNames: [name], layers: [name])
  }

  private mutating func addNode() {
    let x = value()
    let shape = shape(x)
    switch random.below(12) {
    case 0, 1: add(random.pick([Activation.relu, .tanh, .sigmoid]), Op.activation, [x])
    case 2:
      let others = values(1 + random.below(2)) { [graph] in graph[$0].type.shape == shape }
      add(Add(), Op.add, [x] + others)
    case 3, 4, 5:
      let others = values(1 + random.below(2)) { [graph] in graph[$0].type.shape.size == shape.size }
      let inputs = random.below(2) == 0 ? [x] + others : others + [x]
      if inputs.reduce(0, { $0 + graph[$1].type.shape.channels }) <= 48 { add(Concat(), Op.concat, inputs) }
    case 6:
      let flat = Shape(shape.count, 1, 1)
      let other = Shape(shape.height, shape.channels, shape.width)
      add(Reshape(shape: random.pick([flat, other])), Op.reshape, [x])
    case 7: add(Identity(), Op.identity, [x])
    case 8: add(Dropout(), Op.dropout, [x])
    case 9:
      let groups = (1...shape.channels).filter { shape.channels % $0 == 0 }
      add(ChannelShuffle(groups: random.pick(groups)), Op.channelShuffle, [x])
    case 10: add(PReLU(), Op.prelu, [x])
    case 11 where random.below(3) == 0:
      let window = Window2D(kernel: Size2D(3), padding: Padding(1))
      add(Pool2D(mode: random.pick([.max, .average(counted: .none)]), window: window), Op.pool2d, [x])
    default:
      let window = Window2D(kernel: Size2D(3), padding: Padding(1))
      let filters = random.pick([1, 2, 5, 6, 15, 16, 17, 32])
      if shape.channels > 1, random.below(4) == 0 {
        add(Conv2D(filters: shape.channels, window: window, groups: shape.channels), Op.conv2d, [x])
      } else {
        add(
          Conv2D(filters: filters, window: random.below(2) == 0 ? window : Window2D(kernel: Size2D(1))),
          Op.conv2d, [x])
      }
    }
  }
}
