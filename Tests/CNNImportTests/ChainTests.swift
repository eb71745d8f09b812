import CNNGraph
import CNNImport
import CNNSpec
import Foundation
import Testing

/// Chains without a join that recur.
struct ChainTests {
  private static func expect(
    _ graph: ImportedGraph, _ text: String, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let found = try graph.lines().joined(separator: "\n")
    #expect(found == text, sourceLocation: sourceLocation)
  }

  private static func unit(
    _ maker: inout GraphMaker, _ source: ImportedLayer.Source, _ filters: Int, _ kernel: Int = 3,
    stride: Int = 1, named name: String? = nil
  ) -> ImportedLayer.Source {
    maker.function("silu", maker.bn(maker.conv(source, filters, kernel, stride: stride, named: name)))
  }

  @Test func `a MobileNet's pairs of convolutions are a block`() throws {
    var maker = GraphMaker(3, 32)
    var value = maker.relu(maker.bn(maker.conv(.input, 8, named: "conv1.weight")))
    for (place, (filters, stride)) in [(8, 1), (16, 2), (16, 1), (24, 2), (24, 1), (24, 1)].enumerated() {
      let wide = maker.relu(
        maker.bn(maker.depthwise(value, stride: stride, named: "conv2_\(place).dw.weight")))
      value = maker.relu(maker.bn(maker.conv(wide, filters, 1, named: "conv2_\(place).sep.weight")))
    }
    try Self.expect(
      maker.graph(maker.fc(maker.globalPool(value), 10, named: "fc7.weight")),
      """
      network:
        - conv(8, 3x3, pad=1) - bn - relu
        - separable(8)
        - separable(16, stride=2) - separable(16)
        - separable(24, stride=2) - separable(24)*2
        - globalavgpool - fc:fc7(10)
      blocks:
        separable:
          parameters: {filters: required, stride: 1}
          network:
            - depthwise:dw(3x3, stride=stride, pad=1) - bn - relu
            - conv:sep(filters, 1x1) - bn - relu
      """)
  }

  @Test func `a DenseNet's transitions are blocks between its blocks`() throws {
    var maker = GraphMaker(3, 16)
    var value = maker.conv(.input, 8)
    for stage in 0..<4 {
      for _ in 0..<4 { value = maker.join("concat", [value, maker.conv(maker.relu(maker.bn(value)), 4)]) }
      if stage < 3 {
        let half = maker.shape(value).channels / 2
        value = maker.pool(maker.conv(maker.relu(maker.bn(value)), half, 1))
      }
    }
    try Self.expect(
      maker.graph(maker.fc(maker.globalPool(value), 10)),
      """
      network:
        - conv(8, 3x3, pad=1)
        - (dense*4 - transition)*3 - dense*4
        - globalavgpool - fc(10)
      blocks:
        dense:
          network:
            - concat:
                - identity
                - bn - relu - conv(4, 3x3, pad=1)
        transition:
          network:
            - bn - relu - conv(channels/2, 1x1) - maxpool(2x2)
      """)
  }

  /// Convolutions with norms, narrow and wide.
  private static func units(named isNamed: Bool) -> ImportedGraph {
    var maker = GraphMaker(3, 32)
    var value = ImportedLayer.Source.input
    for (place, filters) in [8, 16, 32, 24, 20, 12, 14, 10].enumerated() {
      let name = isNamed ? "stage\(place)" : nil
      value = unit(
        &maker, value, filters, stride: place == 1 ? 2 : 1, named: name.map { $0 + ".wide.weight" })
      value = unit(&maker, value, filters + 1, 1, named: name.map { $0 + ".narrow.weight" })
    }
    return maker.graph(maker.fc(value, 10))
  }

  @Test func `convolutions with a norm and a function are blocks where they have no names`() throws {
    try Self.expect(
      Self.units(named: false),
      """
      network:
        - conv_bn(8)
        - pointwise(9)
        - conv_bn(16, stride=2)
        - pointwise(17)
        - conv_bn(32)
        - pointwise(33)
        - conv_bn(24)
        - pointwise(25)
        - conv_bn(20)
        - pointwise(21)
        - conv_bn(12)
        - pointwise(13)
        - conv_bn(14)
        - pointwise(15)
        - conv_bn(10)
        - pointwise(11)
        - fc(10)
      blocks:
        conv_bn:
          parameters: {filters: required, stride: 1}
          network:
            - conv(filters, 3x3, stride=stride, pad=1) - bn - silu
        pointwise:
          parameters: {filters: required}
          network:
            - conv(filters, 1x1) - bn - silu
      """)
    let named = try Self.units(named: true).lines()
    #expect(named.contains("  - conv:stage1_wide(16, 3x3, stride=2, pad=1) - bn - silu"), "\(named)")
    #expect(!named.contains("blocks:"))
  }

  @Test func `a repeat needs no block, and a VGG with norms is its pattern`() throws {
    var maker = GraphMaker(3, 32)
    var value = ImportedLayer.Source.input
    for _ in 0..<6 { value = Self.unit(&maker, value, 8) }
    try Self.expect(
      maker.graph(maker.fc(value, 10)),
      """
      network:
        - (conv(8, 3x3, pad=1) - bn - silu)*6
        - fc(10)
      """)
    var vgg = GraphMaker(3, 32)
    value = .input
    for (count, filters) in [(1, 8), (2, 16), (2, 32), (2, 64)] {
      for _ in 0..<count { value = Self.unit(&vgg, value, filters) }
      value = vgg.pool(value)
    }
    #expect(
      try vgg.graph(vgg.fc(value, 10)).lines().first == "network: \"[(CONV-BN-SILU)*N-POOL]*M-FC:scores\"")
  }

  @Test func `a projection that is written first is a multiple of the block's filters, too`() throws {
    var maker = GraphMaker(3, 32)
    var value = maker.relu(maker.conv(.input, 8))
    for (filters, stride) in [(4, 1), (4, 1), (6, 2), (6, 1), (10, 2)] {
      let wide = 4 * filters
      let isSame = stride == 1 && maker.shape(value).channels == wide
      let shortcut = isSame ? value : maker.conv(value, wide, 1, stride: stride)
      let a = maker.relu(maker.conv(value, filters, 1, stride: stride))
      value = maker.relu(
        maker.join("add", [shortcut, maker.conv(maker.relu(maker.conv(a, filters)), wide, 1)]))
    }
    try Self.expect(
      maker.graph(value),
      """
      network:
        - conv(8, 3x3, pad=1) - relu
        - bottleneck(4, project=yes) - bottleneck(4)
        - bottleneck(6, stride=2, project=yes) - bottleneck(6)
        - bottleneck(10, stride=2, project=yes)
      blocks:
        bottleneck:
          parameters: {filters: required, stride: 1, project: no}
          network:
            - add:
                - conv(4*filters, 1x1, stride=stride)?project
                - conv(filters, 1x1, stride=stride) - relu
                  - conv(filters, 3x3, pad=1) - relu
                  - conv(4*filters, 1x1)
            - relu
      """)
  }

  // MARK: Time

  /// The processor's time that an import takes.
  private static func seconds(_ graph: ImportedGraph) throws -> Double {
    func now() -> Double {
      var time = timespec()
      clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
      return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
    let start = now()
    _ = try graph.lines()
    return now() - start
  }

  private static func chain(_ count: Int) -> ImportedGraph {
    var maker = GraphMaker(2, 2)
    var value = ImportedLayer.Source.input
    for place in 0..<count {
      value = unit(&maker, value, 2 + place % 17, 1, named: "features.\(place).weight")
    }
    return maker.graph(maker.fc(value, 3))
  }

  private static func equalBlocks(_ count: Int) -> ImportedGraph {
    var maker = GraphMaker(2, 2)
    var value = maker.conv(.input, 2)
    for _ in 0..<count {
      value = maker.relu(maker.join("add", [maker.conv(maker.relu(maker.conv(value, 2)), 2), value]))
    }
    return maker.graph(value)
  }

  /// Two of each.
  private static func differentBlocks(_ count: Int) -> ImportedGraph {
    let kinds = ["relu", "sigmoid", "tanh", "silu", "gelu", "elu"]
    var maker = GraphMaker(2, 2)
    var value = maker.conv(.input, 2)
    for number in 0..<2 * count {
      let digits = [number / 2 % 6, number / 12 % 6, number / 72 % 6]
      let branch = digits.reduce(value) { maker.function(kinds[$1], maker.conv($0, 2)) }
      value = maker.join("add", [branch, value])
    }
    return maker.graph(value)
  }

  private static let large: [(name: String, make: @Sendable (Int) -> ImportedGraph, count: Int)] = [
    ("a chain", { chain($0) }, 400), ("equal blocks", { equalBlocks($0) }, 250),
    ("different blocks", { differentBlocks($0) }, 54),
  ]

  @Test(arguments: large.indices) func `four times the layers take no more than eight times as long`(
    index: Int
  ) throws {
    let (name, make, count) = Self.large[index]
    let (short, long) = (try Self.seconds(make(count)), try Self.seconds(make(4 * count)))
    #expect(long < 8 * short, "\(name): \(short) s and \(long) s")
  }
}
