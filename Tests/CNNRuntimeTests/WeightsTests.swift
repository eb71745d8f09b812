import CNNGraph
import CNNPlan
import CNNSpec
import Testing

@testable import CNNRuntime

struct WeightsTests {
  @Test func `all that does not match is one finding`() throws {
    let weights = try Weights([
      NamedTensor("a.weight", [2, 3], [1, 2, 3, 4, 5, 6]), NamedTensor("b.weight", [1], [7]),
      NamedTensor("bn.num_batches_tracked", [1], [9]),
    ])
    #expect(weights.values(of: "a.weight") == [1, 2, 3, 4, 5, 6])
    let error = #expect(throws: Diagnostics.self) {
      try weights.check(against: [
        .init(name: "a.weight", dimensions: [3, 2]), .init(name: "a.bias", dimensions: [3]),
      ])
    }
    #expect(
      error?.description == """
        error[weights-mismatch]: 3 tensors do not match the network
          help: wrong shape: a.weight is [2, 3], expected [3, 2]
          help: missing: a.bias [3]
          help: not in the network: b.weight [1]
        """)
    try weights.check(against: [.init(name: "b.weight", dimensions: [1])], ignoring: { _ in true })
  }

  @Test func `long lists are cut`() throws {
    let expected = (0..<80).map { ExecutionPlan.Parameter(name: "w\($0)", dimensions: [1]) }
    let weights = try Weights([])
    let error = #expect(throws: Diagnostics.self) { try weights.check(against: expected) }
    #expect(error?.all[0].help.count == 51 && error?.all[0].help.last == "and 30 more")
  }

  @Test func `a plan without its weights is a finding`() throws {
    let plan = try Planner.plan(SessionTests.network(), batch: 1)
    let error = #expect(throws: Diagnostics.self) { try BoundWeights(Weights([]), for: plan) }
    #expect(error?.all.map(\.code) == [.weightsMismatch])
  }

  @Test func `memory that no machine has is a finding`() {
    for bytes in [1 << 50, Int.max] {
      do throws(Diagnostics) {
        _ = try Arena(bytes: bytes, for: "tests")
        Issue.record("there is so much")
      } catch {
        #expect(error.all.map(\.code) == [.memoryLimit])
      }
    }
  }

  @Test func `arenas are aligned and clear`() throws {
    for bytes in [0, 1, 1000, 1 << 20] {
      let arena = try Arena(bytes: bytes, for: "tests")
      #expect(Int(bitPattern: arena.address.pointer) % 64 == 0 && arena.bytes == bytes)
      #expect(arena.address.floats(bytes / 4).allSatisfy { $0 == 0 })
    }
  }
}

struct InitializerTests {
  static let filters = ExecutionPlan.Parameter(name: "conv1.weight", dimensions: [64, 32, 3, 3])

  static func draw(_ initializer: TrainingRecipe.Initializer, seed: UInt64 = 1) throws -> [Float] {
    let value = InitialValue.normal(fanIn: 288, fanOut: 576)
    return try Weights(drawing: [(filters, value)], seed: seed, by: initializer).values(of: "conv1.weight")
      ?? []
  }

  @Test(arguments: [(TrainingRecipe.Initializer.he, 2.0 / 288), (.glorot, 2.0 / 864), (.lecun, 1.0 / 288)])
  func `drawn weights have their mean and variance`(initializer: TrainingRecipe.Initializer, variance: Double)
    throws
  {
    let values = try Self.draw(initializer).map(Double.init)
    let mean = values.reduce(0, +) / Double(values.count)
    let spread = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
    #expect(abs(mean) < 4 * (variance / Double(values.count)).squareRoot())
    #expect(abs(spread / variance - 1) < 0.05)
  }

  @Test func `a tensor depends on the seed and its name, not on the others`() throws {
    let other = ExecutionPlan.Parameter(name: "conv2.weight", dimensions: [64, 32, 3, 3])
    let value = InitialValue.normal(fanIn: 288, fanOut: 576)
    let both = try Weights(drawing: [(other, value), (Self.filters, value)], seed: 1)
    #expect(try both.values(of: "conv1.weight") == Self.draw(.he))
    #expect(both.values(of: "conv1.weight") != both.values(of: "conv2.weight"))
    #expect(try Self.draw(.he) != Self.draw(.he, seed: 2))
  }

  @Test func `every operator's parameters begin as its field does`() {
    var graph = Graph(name: "all")
    let x = graph.addInput("input", .activation(Shape(4, 4, 4)))
    func layer<Layer: LayerOperator>(_ name: String, _ layer: Layer, _ wrap: (Layer) -> Op, _ x: ValueID)
      -> ValueID
    {
      let specs = layer.parameters(for: [graph[x].type.shape])
      let parameters = specs.map { graph.addParameter("\(name).\($0.suffix)", .parameter($0.dimensions)) }
      return graph.addNode(
        wrap(layer), inputs: [x], parameters: parameters, outputNames: [name], layers: [name])[0]
    }
    let window = Window2D(kernel: Size2D(2), stride: Size2D(2))
    _ = layer("conv", Conv2D(filters: 6, window: window, groups: 2), Op.conv2d, x)
    _ = layer("c3", Conv2D(filters: 2, window: window, connections: [[0, 1], [3]]), Op.conv2d, x)
    _ = layer("up", Deconv2D(filters: 3, kernel: Size2D(2), stride: Size2D(2)), Op.deconv2d, x)
    _ = layer("fc", Dense(units: 10), Op.dense, x)
    _ = layer("rbf", RadialBasis(units: 2), Op.radialBasis, x)
    _ = layer("bn", BatchNorm(), Op.batchNorm, x)
    _ = layer("prelu", PReLU(), Op.prelu, x)
    _ = layer("scale", ChannelAffine(), Op.channelAffine, x)
    _ = layer(
      "subsample", ChannelAffine(), Op.channelAffine,
      layer("sum", Pool2D(mode: .sum, window: window), Op.pool2d, x))
    let initial = Dictionary(uniqueKeysWithValues: graph.initialTensors().map { ($0.tensor.name, $0.value) })
    let expected: [String: InitialValue] = [
      "conv.weight": .normal(fanIn: 8, fanOut: 12), "conv.bias": .constant(0),
      "c3.weight": .connected(fanIn: 6, fanOut: 3, channels: [[0, 1], [3]]), "c3.bias": .constant(0),
      "up.weight": .normal(fanIn: 4, fanOut: 12), "up.bias": .constant(0),
      "fc.weight": .normal(fanIn: 64, fanOut: 10), "fc.bias": .constant(0), "rbf.centers": .sign,
      "bn.weight": .constant(1), "bn.bias": .constant(0), "bn.running_mean": .constant(0),
      "bn.running_var": .constant(1), "prelu.weight": .constant(0.25), "scale.weight": .constant(1),
      "scale.bias": .constant(0), "subsample.weight": .constant(0.25), "subsample.bias": .constant(0),
    ]
    #expect(initial == expected)
  }

  @Test func `unconnected weights are zero`() throws {
    let tensor = ExecutionPlan.Parameter(name: "c3.weight", dimensions: [2, 3, 1, 2])
    let value = InitialValue.connected(fanIn: 2, fanOut: 2, channels: [[0, 2], [1]])
    let drawn = try Weights(drawing: [(tensor, value)], seed: 5).values(of: "c3.weight") ?? []
    #expect(
      drawn.map { $0 != 0 } == [true, true, false, false, true, true, false, false, true, true, false, false])
  }
}
