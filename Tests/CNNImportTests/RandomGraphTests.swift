import CNNGraph
import CNNImport
import CNNRuntime
import CNNSpec
import CNNTestSupport
import Testing

/// Whatever the graph, the written spec expands to the same network.
struct RandomGraphTests {
  /// A network of motifs, some of them repeated, and of joins at random.
  struct Generator {
    private var numbers: SeededNumbers
    private var maker = GraphMaker(2, 16)
    private var values: [ImportedLayer.Source] = []

    init(seed: UInt64) { numbers = SeededNumbers(seed: seed) }

    private mutating func pick(_ range: Range<Int>) -> Int { Int.random(in: range, using: &numbers) }
    private mutating func pick<T>(_ all: [T]) -> T { all[pick(0..<all.count)] }

    /// One of the last values, most often the last.
    private mutating func value() -> ImportedLayer.Source {
      if values.isEmpty { return .input }
      return values[max(0, values.count - 1 - (pick(0..<4) == 0 ? pick(0..<6) : 0))]
    }

    /// Values like one: those of its size, or of its shape.
    private mutating func others(_ value: ImportedLayer.Source, isSame: Bool) -> [ImportedLayer.Source] {
      let shape = maker.shape(value)
      let fitting = values.filter {
        isSame ? maker.shape($0) == shape : maker.shape($0).size == shape.size
      }
      return (0..<pick(1..<4)).compactMap { _ in fitting.isEmpty ? nil : pick(fitting) }
    }

    private mutating func residual(_ source: ImportedLayer.Source, _ filters: Int) -> ImportedLayer.Source {
      let a = maker.relu(maker.bn(maker.conv(source, filters, named: "a.\(values.count).x.weight")))
      let b = maker.conv(a, filters, named: "a.\(values.count).y.weight")
      let isSame = maker.shape(source).channels == filters
      let shortcut = isSame ? source : maker.conv(source, filters, 1)
      return maker.relu(maker.join("add", [b, shortcut]))
    }

    private mutating func views(_ source: ImportedLayer.Source, _ filters: Int) -> ImportedLayer.Source {
      let a = maker.conv(source, filters, 1)
      let b = maker.conv(maker.relu(maker.conv(source, 2, 1)), pick(2..<5))
      return maker.join("concat", [a, b, maker.pool(source, 3, stride: 1, pad: 1)])
    }

    /// A chain that recurs, of one convolution or of two.
    private mutating func unit(_ source: ImportedLayer.Source, _ filters: Int, isPair: Bool)
      -> ImportedLayer.Source
    {
      let stride = maker.shape(source).height > 4 ? pick(1..<3) : 1
      if !isPair { return maker.relu(maker.bn(maker.conv(source, filters, stride: stride))) }
      let a = maker.relu(maker.bn(maker.depthwise(source, stride: stride)))
      return maker.relu(maker.bn(maker.conv(a, filters, 1)))
    }

    private mutating func excited(_ source: ImportedLayer.Source) -> ImportedLayer.Source {
      let channels = maker.shape(source).channels
      let factor = maker.function("sigmoid", maker.conv(maker.globalPool(source), channels, 1))
      return maker.join("multiply", [source, factor])
    }

    private mutating func step() {
      let source = value()
      let filters = pick([3, 4, 6])
      switch pick(0..<13) {
      case 11, 12:
        let isPair = pick(0..<2) == 0
        for _ in 0..<pick(2..<6) {
          values.append(unit(values.last ?? .input, pick([3, 4, 6]), isPair: isPair))
        }
      case 0: for _ in 0..<pick(1..<5) { values.append(residual(values.last ?? .input, filters)) }
      case 1: for _ in 0..<pick(1..<4) { values.append(views(values.last ?? .input, filters)) }
      case 2: values.append(excited(source))
      case 3: values.append(maker.join("add", [source] + others(source, isSame: true)))
      case 4: values.append(maker.join("concat", [source] + others(source, isSame: false)))
      case 5 where maker.shape(source).height > 3: values.append(maker.pool(source))
      case 6: values.append(maker.function(pick(["relu", "sigmoid", "tanh"]), source))
      case 7: values.append(maker.bn(source, named: pick(["norm", "b.1", "relu1", "bn3"])))
      case 8:
        for _ in 0..<pick(1..<5) { values.append(maker.relu(maker.conv(values.last ?? .input, filters))) }
      default:
        values.append(
          maker.conv(
            source, filters, pick([1, 3]), named: pick(["conv2", "c.weight", "basic", "skip", "3x3"])))
      }
    }

    mutating func graph() -> ImportedGraph {
      for _ in 0..<pick(2..<14) { step() }
      let outputs = Set((0..<pick(1..<4)).map { _ in pick(values) }).union(values.suffix(1))
      return ImportedGraph(
        input: maker.input, layers: maker.layers, outputs: values.filter { outputs.contains($0) })
    }
  }

  /// What every layer computes, in words: its kind, its weights' numbers and what it reads.
  private struct Meanings {
    private var numbers: [[String]: Int] = [:]

    mutating func number(_ words: [String]) -> Int {
      let number = numbers[words, default: numbers.count]
      numbers[words] = number
      return number
    }

    mutating func layer(
      _ kind: String, _ shape: Shape?, _ weights: [Float], inputs: [Int], parts: inout [Int: [Int]]
    ) -> Int {
      if kind == "identity" { return inputs[0] }
      // The parts of what was joined already are parts of what it is joined to.
      let inputs = kind == "concat" ? inputs.flatMap { parts[$0] ?? [$0] } : inputs
      let number = number([kind, "\(shape, default: "?")", "\(weights)"] + inputs.map { "\($0)" })
      if kind == "concat" { parts[number] = inputs }
      return number
    }
  }

  /// The layers' meanings in the order of numbers, and the outputs'.
  private static func meanings(of graph: ImportedGraph, _ all: inout Meanings) -> (
    layers: Set<Int>, outputs: [Int]
  ) {
    var values: [Int] = []
    var parts: [Int: [Int]] = [:]
    let input = all.number(["input"])
    func value(_ source: ImportedLayer.Source) -> Int {
      if case .layer(let index) = source { values[index] } else { input }
    }
    for layer in graph.layers {
      let weights = layer.tensors.map { $0.values?.single ?? .nan }
      values.append(
        all.layer(layer.kind, layer.shape, weights, inputs: layer.inputs.map(value), parts: &parts))
    }
    return (Set(values).subtracting([input]), graph.outputs.map(value))
  }

  private static func meanings(
    of network: ImportedNetwork, _ all: inout Meanings
  ) throws -> (layers: Set<Int>, outputs: [Int]) {
    let checked = try network.source.report().single().network
    let weights = try #require(try network.weights())
    var tags: [String: Float] = [:]
    for parameter in network.parameters {
      tags[parameter.name] = try #require(weights.values(of: parameter.name)?.first)
    }
    var values: [Int] = []
    var parts: [Int: [Int]] = [:]
    let input = all.number(["input"])
    func value(_ source: LayerInput) -> Int {
      if case .layer(let index) = source { values[index] } else { input }
    }
    for layer in checked.layers {
      let weights = layer.parameters.map { tags[$0.name] ?? .nan }
      values.append(
        all.layer(
          layer.layer.kind ?? "?", layer.outputShape, weights, inputs: layer.layer.inputs.map(value),
          parts: &parts))
    }
    return (Set(values).subtracting([input]), checked.outputs.map { value($0.value) })
  }

  private static func expectSame(_ graph: ImportedGraph, _ name: String) throws -> ImportedNetwork {
    let network = try ImportedNetwork(graph, path: "random.model", format: name)
    var all = Meanings()
    let (expected, found) = (meanings(of: graph, &all), try meanings(of: network, &all))
    #expect(found.layers == expected.layers, "\(network.spec)")
    #expect(found.outputs == expected.outputs, "\(network.spec)")
    return network
  }

  @Test(arguments: 0..<30) func `layers, wiring, weights and outputs are the graph's`(group: Int) throws {
    for seed in group * 10..<group * 10 + 10 {
      var generator = Generator(seed: UInt64(seed))
      let network = try Self.expectSame(generator.graph(), "seed \(seed)")
      #expect(network.spec.split(separator: "\n").allSatisfy { $0.count <= 130 }, "\(network.spec)")
    }
  }

  @Test func `branches inside of each other, deeper than anybody writes`() throws {
    var maker = GraphMaker(1, 4)
    var inner = [maker.relu(.input)]
    for _ in 0..<300 { inner.append(maker.relu(inner[inner.count - 1])) }
    var value = inner[inner.count - 1]
    for source in inner.reversed() { value = maker.join("add", [source, maker.function("tanh", value)]) }
    _ = try Self.expectSame(maker.graph(value), "nested")
  }

  @Test func `thousands of blocks are a line`() throws {
    var maker = GraphMaker(2, 2)
    var value = maker.conv(.input, 2)
    for _ in 0..<1000 {
      let branch = maker.conv(maker.relu(maker.conv(value, 2, 1)), 2, 1)
      value = maker.relu(maker.join("add", [branch, value]))
    }
    let network = try Self.expectSame(maker.graph(value), "long")
    #expect(network.spec.contains("\n  - conv(2, 3x3, pad=1)\n  - basic*1000\n"))
  }

  @Test func `what differs everywhere stays a list`() throws {
    var maker = GraphMaker(2, 2)
    var value = maker.conv(.input, 2)
    for count in 0..<20 {
      let branches = (0..<20).map { maker.conv(value, 1 + ($0 * 7 + count * 3) % 23, 1) }
      value = maker.conv(maker.join("concat", branches), 2, 1)
    }
    let network = try Self.expectSame(maker.graph(value), "wide")
    #expect(!network.spec.contains("blocks:"))
  }
}
