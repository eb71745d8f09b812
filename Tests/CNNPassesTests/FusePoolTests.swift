import CNNGraph
import CNNSpec
import Testing

@testable import CNNPasses

struct FusePoolTests {
  private func halve(_ net: inout PassGraph, _ x: ValueID) -> ValueID {
    let window = Window2D(kernel: Size2D(2), stride: Size2D(2))
    return net.node(Pool2D(mode: .max, window: window), Op.pool2d, [x], "pool")
  }

  @Test func `LeNet-5's pools happen at its convolutions' stores`() {
    var net = PassGraph()
    var x = halve(&net, net.relu(net.conv(net.input(Shape(1, 28, 28)), 6, kernel: 5, pad: 2)))
    x = halve(&net, net.relu(net.conv(x, 16, kernel: 5)))
    net.output(net.fc(x, 10))
    let graph = [Pass].inference(batch: 1)(net.graph)
    #expect(
      graph.operators == ["change_layout", "conv_pool2d", "change_layout", "conv_pool2d", "dense"])
    #expect(graph.nodes[1].layers == ["conv1", "relu1", "pool1"])
    #expect(graph.distance(to: net.graph) < 1e-9)
    #expect(multiplications(graph) == multiplications(net.graph))
  }

  private func multiplications(_ graph: Graph) -> Int? {
    graph.nodes.reduce(CheckedInteger(0)) { sum, node in
      sum
        + node.op.implementation.multiplications(
          inputs: node.inputs.map { graph[$0].type }, outputs: node.outputs.map { graph[$0].type })
    }.value
  }

  @Test func `not what is read twice or returned, and not what another function follows`() {
    var net = PassGraph()
    let x = net.input(Shape(1, 28, 28))
    let read = net.relu(net.conv(x, 6, kernel: 5, pad: 2))
    net.output(halve(&net, read), net.scale(read))
    let returned = net.conv(x, 6, kernel: 5, pad: 2)
    net.output(halve(&net, returned), returned)
    net.output(halve(&net, net.scale(net.conv(x, 6, kernel: 5, pad: 2))))
    #expect(Pass.fusePool(batch: 1)(net.graph).operators == net.graph.operators)
  }

  @Test func `pools of many channels happen at Winograd's store, which nothing else does`() {
    var net = PassGraph()
    let x = net.relu(net.conv(net.input(Shape(64, 16, 16)), 64, kernel: 3, pad: 1))
    net.output(halve(&net, x))
    #expect(!Pass.fusePool(batch: 1)(net.graph).operators.contains("conv_pool2d"))
    let graph = [Pass].inference(batch: 1)(net.graph)
    #expect(graph.operators == ["change_layout", "change_layout", "conv_pool2d", "change_layout"])
    #expect(graph.nodes[2].layers == ["conv1", "relu1", "pool1"])
    #expect(graph.distance(to: net.graph) < 1e-9)
    #expect(multiplications(graph) == multiplications(net.graph))
    let exact = [Pass].inference(batch: 1, options: EngineOptions(isExact: true))(net.graph)
    #expect(!exact.operators.contains("conv_pool2d"))
  }

  @Test func `random graphs with Winograd's algorithm compute the same, some of them with a fused pool`() {
    var fused = 0
    for seed in PassTests.seeds {
      let net = randomNet(seed: UInt64(seed) &+ 177, channels: 20)
      let graph = Pass.chooseLayouts(batch: 2, costs: .blocks(prefersWinograd: true))(
        [Pass].simplification(net.graph))
      let result = Pass.fuseWinogradPool(graph)
      fused += result.operators.contains("conv_pool2d") ? 1 : 0
      #expect(result.distance(to: net.graph) < 1e-9, "seed \(seed)\n\(result)")
    }
    // Few of the random convolutions are of 3x3 without strides in front of a pool that halves.
    #expect(fused > PassTests.seeds.count / 40)
  }

  @Test func `random graphs compute the same, many of them with a fused pool`() {
    var costs = ConvolutionCosts()
    costs.pooledRate = 1e9
    costs.copyRate = 1e9
    var fused = 0
    for seed in PassTests.seeds {
      let net = randomNet(seed: UInt64(seed) &+ 77, channels: 1)
      let graph = [Pass].simplification(net.graph)
      let result = Pass.fusePool(batch: 2, costs: costs)(graph)
      fused += result.operators.contains("conv_pool2d") ? 1 : 0
      #expect(result.distance(to: net.graph) < 1e-9, "seed \(seed)\n\(result)")
      #expect(Pass.chooseLayouts(batch: 2)(result).distance(to: net.graph) < 1e-9, "seed \(seed)")
    }
    #expect(fused > PassTests.seeds.count / 4)
  }

  /// Five nodes behind an image of `channels` channels, or up to two more.
  private func randomNet(seed: UInt64, channels: Int) -> PassGraph {
    var random = Numbers(state: seed)
    var net = PassGraph()
    let size = 4 + random.below(8)
    var values = [net.input(Shape(channels + random.below(3), size, size + random.below(3)))]
    for _ in 0..<5 { values.append(node(&net, values, &random)) }
    net.output(values[values.count - 1], random.pick(values.dropLast()))
    return net
  }

  private func node(_ net: inout PassGraph, _ values: [ValueID], _ random: inout Numbers) -> ValueID {
    let x = random.below(4) == 0 ? random.pick(values) : values[values.count - 1]
    let shape = net.shape(x)
    switch random.below(6) {
    case 0...1 where shape.height > 1 && shape.width > 1:
      let rest = Padding(top: 0, bottom: -(shape.height % 2), left: 0, right: -(shape.width % 2))
      let window = Window2D(kernel: Size2D(2), stride: Size2D(2), padding: rest)
      return net.node(Pool2D(mode: .max, window: window), Op.pool2d, [x], "pool")
    case 2: return net.relu(x)
    case 3: return net.tanh(x)
    default: return net.conv(x, 1 + random.below(5), kernel: 3, pad: 1, bias: random.below(2) == 0)
    }
  }
}
