import CNNGraph
import CNNSpec
import Testing

@testable import CNNPasses

struct ConvolutionTimingsTests {
  /// How the weights of each convolution lie.
  private func layouts(_ graph: Graph) -> [Layout] {
    graph.nodes.compactMap { node in
      if case .conv2d = node.op { graph[node.parameters[0]].type.layout } else { nil }
    }
  }

  /// A convolution 3 x 3 of 32 channels, and the same with a function behind it.
  private func twice(batch: Int = 1) -> (graph: Graph, site: ConvolutionSite) {
    var net = PassGraph()
    let x = net.relu(net.conv(net.input(Shape(32, 8, 8)), 32, kernel: 3, pad: 1))
    net.output(net.conv(x, 32, kernel: 3, pad: 1))
    let graph = [Pass].simplification(net.graph)
    return (graph, graph.convolutionSites(batch: batch)[0])
  }

  /// Timings by which one candidate takes a nanosecond and the others a thousand.
  private func timings(of site: ConvolutionSite, best: WeightPacking?) -> ConvolutionTimings {
    var timings = ConvolutionTimings()
    for packing in site.candidates(isExact: false) { timings[site, packing] = packing == best ? 1 : 1000 }
    return timings
  }

  private func chosen(_ graph: Graph, _ timings: ConvolutionTimings?, isExact: Bool = false) -> [Layout] {
    var options = EngineOptions(isExact: isExact)
    options.timings = timings
    return layouts([Pass].inference(batch: 1, options: options)(graph))
  }

  @Test func `whatever was measured to be fastest is chosen, wherever the same convolution is`() {
    let (graph, site) = twice()
    let candidates = site.candidates(isExact: false)
    #expect(candidates == [nil, .panels(groups: 1), .winograd(tile: 2), .winograd(tile: 4)])
    for best in candidates {
      let layout = best.map { Layout.packed($0) } ?? .rowMajor
      #expect(chosen(graph, timings(of: site, best: best)) == [layout, layout])
    }
  }

  @Test func `exact networks have no Winograd, however fast it was`() {
    let (graph, site) = twice()
    #expect(site.candidates(isExact: true) == [nil, .panels(groups: 1)])
    var timings = timings(of: site, best: .winograd(tile: 4))
    timings[site, .panels(groups: 1)] = 2
    #expect(chosen(graph, timings) == Array(repeating: .packed(.winograd(tile: 4)), count: 2))
    #expect(chosen(graph, timings, isExact: true) == Array(repeating: .packed(.panels(groups: 1)), count: 2))
  }

  @Test func `where a candidate was not measured, the model decides`() {
    let (graph, site) = twice()
    var timings = timings(of: site, best: nil)
    #expect(chosen(graph, timings) == [.rowMajor, .rowMajor])
    timings[site, .winograd(tile: 2)] = nil
    #expect(chosen(graph, timings) == chosen(graph, nil) && chosen(graph, nil) != [.rowMajor, .rowMajor])
    // Of what --exact needs, all was measured.
    #expect(chosen(graph, timings, isExact: true) == [.rowMajor, .rowMajor])
  }

  @Test func `a network's convolutions are listed once each, without those that leave no choice`() {
    var net = PassGraph()
    let x = net.input(Shape(24, 6, 6))
    let a = net.conv(x, 24, kernel: 3, pad: 1)
    net.output(net.add(net.conv(a, 24, kernel: 3, pad: 1), net.conv(a, 24, kernel: 3, pad: 1, bias: false)))
    net.output(net.conv(x, 32, connections: Array(repeating: [0, 3], count: 32)))
    net.output(net.conv(x, 48, groups: 2))
    net.output(net.conv(x, 24, groups: 24))
    let sites = net.graph.convolutionSites(batch: 3)
    #expect(sites.map(\.conv.groups) == [1, 1, 24] && sites.map(\.conv.hasBias) == [true, false, true])
    #expect(sites.allSatisfy { $0.batch == 3 && $0.input.channels == 24 })
    #expect(Set(sites.map(\.description)).count == 3)
  }

  @Test(arguments: [(1, 1), (7, 7), (8, 7), (1000, 7)])
  func `of much work, fewer images are measured`(batch: Int, measured: Int) {
    // 128^2 * 9 * 31^2 = 141,705,216 multiplications an image.
    let conv = Conv2D(filters: 128, window: Window2D(kernel: Size2D(3), padding: Padding(1)))
    let shape = Shape(128, 31, 31)
    #expect(ConvolutionSite(conv, input: shape, output: shape, batch: batch).batch == measured)
  }

  @Test func `every size is part of a site's text`() {
    let window = Window2D(
      kernel: Size2D(height: 3, width: 5), stride: Size2D(height: 2, width: 1),
      padding: Padding(top: 1, bottom: 2, left: -3, right: 4), dilation: Size2D(height: 1, width: 6))
    let conv = Conv2D(filters: 32, window: window, groups: 2, hasBias: false)
    let site = ConvolutionSite(conv, input: Shape(64, 9, 50), output: Shape(32, 5, 27), batch: 4)
    #expect(
      site.description
        == "64x9x50 to 32x5x27 kernel 3x5 stride 2x1 dilation 1x6 pad 1 2 -3 4 groups 2 bias false batch 4")
  }
}
