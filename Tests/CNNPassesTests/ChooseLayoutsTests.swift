import CNNGraph
import CNNSpec
import Testing

@testable import CNNPasses

struct ChooseLayoutsTests {
  /// The packing of each convolution, `-` for row-major weights.
  private func packings(_ graph: Graph) -> [String] {
    graph.nodes.compactMap { node in
      guard case .conv2d = node.op else { return nil }
      switch graph[node.parameters[0]].type.layout {
      case .packed(.panels): return "panels"
      case .packed(.planarPanels): return "planar"
      case .packed(.depthwise): return "depthwise"
      case .packed(.winograd(let tile)): return "winograd\(tile)"
      case .rowMajor, .channelBlocks: return "-"
      }
    }
  }

  private func changes(_ graph: Graph) -> Int {
    graph.nodes.count { node in
      if case .changeLayout = node.op { !node.inputs.isEmpty } else { false }
    }
  }

  @Test func `an image enters planar, large maps are Winograd's, what leaves is row-major`() {
    var net = PassGraph()
    let a = net.relu(net.conv(net.input(Shape(3, 56, 56)), 64, kernel: 3, pad: 1))
    net.output(net.conv(a, 64, kernel: 3, pad: 1))
    let graph = [Pass].inference(batch: 1)(net.graph)
    #expect(packings(graph)[0] == "planar")
    #expect(packings(graph)[1].hasPrefix("winograd"))
    #expect(changes(graph) == 1)
    #expect(graph[graph.outputs[0].value].type.layout == .rowMajor)
    #expect(graph[graph.nodes[graph.nodes.count - 1].inputs[0]].type.layout == .channelBlocks)
  }

  @Test func `exact networks have no Winograd`() {
    var net = PassGraph()
    net.output(net.conv(net.conv(net.input(Shape(3, 56, 56)), 64, kernel: 3, pad: 1), 64, kernel: 3, pad: 1))
    let graph = [Pass].inference(batch: 1, options: EngineOptions(isExact: true))(net.graph)
    #expect(packings(graph) == ["planar", "panels"])
  }

  @Test func `connections, few filters and odd groups stay row-major`() {
    var net = PassGraph()
    let x = net.input(Shape(24, 6, 6))
    net.output(net.conv(x, 32, connections: Array(repeating: [0, 3], count: 32)))
    net.output(net.conv(x, 4))
    net.output(net.conv(x, 48, groups: 2))
    net.output(net.conv(x, 24, groups: 24))
    #expect(packings([Pass].inference(batch: 1)(net.graph)) == ["-", "-", "-", "depthwise"])
  }

  @Test func `a value changes its layout once, for all who read it`() {
    var net = PassGraph()
    let x = net.conv(net.input(Shape(32, 4, 4)), 32)
    net.output(net.fc(x, 3))
    net.output(net.fc(x, 4))
    net.output(x)
    // The input to blocks, the convolution's output back.
    #expect(changes([Pass].inference(batch: 1)(net.graph)) == 2)
  }

  @Test func `what lies in blocks stays there through pools, sums and joins`() {
    var net = PassGraph()
    let x = net.input(Shape(32, 4, 4))
    let (a, b) = (net.conv(x, 32), net.conv(x, 32))
    net.output(net.pool(net.concat(net.add(a, b), net.scale(a), net.tanh(b)), kernel: 2))
    let graph = Pass.chooseLayouts(batch: 1)(net.graph)
    #expect(changes(graph) == 2)
  }

  /// Whatever is chosen, the graph computes the same.
  @Test(arguments: [false, true]) func `random graphs compute the same`(prefersWinograd: Bool) {
    for seed in PassTests.seeds {
      let graph = RandomPassGraph(seed: UInt64(seed)).net.graph
      let pass = Pass.chooseLayouts(batch: 2, costs: .blocks(prefersWinograd: prefersWinograd))
      #expect(pass(graph).distance(to: graph) < 1e-9, "seed \(seed)\n\(graph)")
    }
  }
}

extension ConvolutionCosts {
  /// Costs that leave nothing row-major that needs not be.
  static func blocks(prefersWinograd: Bool) -> ConvolutionCosts {
    var costs = ConvolutionCosts()
    costs.planarRate = 1e-6
    costs.rowsRate = 1e-6
    costs.winogradRate = prefersWinograd ? 1e6 : 1e-3
    return costs
  }
}
