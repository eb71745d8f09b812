import CNNGraph
import CNNImport
import CNNSpec
import Testing

/// What small graphs become: specs that a person would have written.
struct StructureTests {
  private static func expect(
    _ graph: ImportedGraph, _ text: String, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let found = try graph.lines().joined(separator: "\n")
    #expect(found == text, sourceLocation: sourceLocation)
  }

  @Test func `a chain is a list, a convolution with what follows it in a line`() throws {
    var maker = GraphMaker(3, 16)
    let a = maker.pool(maker.relu(maker.bn(maker.conv(.input, 8, named: "stem.weight"))))
    let b = maker.fc(maker.relu(maker.fc(a, 20, named: "head.0.weight")), 5, named: "head.2.weight")
    try Self.expect(
      maker.graph(maker.function("softmax", b)),
      """
      network:
        - conv:stem(8, 3x3, pad=1) - bn - relu - maxpool(2x2)
        - fc:head_0(20) - relu
        - fc:head_2(5) - softmax
      """)
  }

  @Test func `a VGG is its pattern`() throws {
    var maker = GraphMaker(3, 32)
    var value = ImportedLayer.Source.input
    for (count, filters) in [(1, 8), (2, 16), (2, 32)] {
      for _ in 0..<count { value = maker.relu(maker.conv(value, filters)) }
      value = maker.pool(value)
    }
    for _ in 0..<2 { value = maker.function("dropout", maker.relu(maker.fc(value, 64))) }
    try Self.expect(
      maker.graph(maker.function("softmax", maker.fc(value, 10))),
      """
      network: "[(CONV-RELU)*N-POOL]*M-(FC-RELU-DROPOUT)*K-FC:scores, SOFTMAX"
      where:
        N: [1, 2, 2]
        M: 3
        K: 2
        CONV: {kernel: 3, pad: 1, filters: [8, 16, 32]}
        POOL: 2
        FC: 64
        scores: 10
      """)
  }

  @Test func `stages of filters that differ inside are written one by one`() throws {
    var maker = GraphMaker(3, 32)
    var value = ImportedLayer.Source.input
    for filters in [[8, 12], [16, 16], [32, 32]] {
      for count in filters { value = maker.relu(maker.conv(value, count)) }
      value = maker.pool(value)
    }
    try Self.expect(
      maker.graph(maker.fc(value, 10)),
      """
      network:
        - conv(8, 3x3, pad=1) - relu
        - conv(12, 3x3, pad=1) - relu - maxpool(2x2)
        - (conv(16, 3x3, pad=1) - relu)*2 - maxpool(2x2)
        - (conv(32, 3x3, pad=1) - relu)*2 - maxpool(2x2)
        - fc(10)
      """)
  }

  /// A residual network's block, its shortcut a projection where the shape changes.
  private static func residual(
    _ maker: inout GraphMaker, _ source: ImportedLayer.Source, _ filters: Int, stride: Int, _ name: String
  ) -> ImportedLayer.Source {
    let a = maker.relu(maker.bn(maker.conv(source, filters, stride: stride, named: "\(name).conv1.weight")))
    let b = maker.bn(maker.conv(a, filters, named: "\(name).conv2.weight"))
    var shortcut = source
    if stride > 1 || maker.shape(source).channels != filters {
      shortcut = maker.bn(
        maker.conv(source, filters, 1, stride: stride, named: "\(name).downsample.0.weight"))
    }
    return maker.relu(maker.join("add", [b, shortcut]))
  }

  @Test func `a ResNet has one block, whose projection may be left out`() throws {
    var maker = GraphMaker(3, 16)
    var value = maker.relu(maker.bn(maker.conv(.input, 8, named: "conv1.weight")))
    for (stage, filters) in [8, 16, 32].enumerated() {
      for block in 0..<3 {
        value = Self.residual(
          &maker, value, filters, stride: stage > 0 && block == 0 ? 2 : 1, "layer\(stage + 1).\(block)")
      }
    }
    try Self.expect(
      maker.graph(maker.fc(maker.globalPool(value), 10, named: "fc.weight")),
      """
      network:
        - conv(8, 3x3, pad=1) - bn - relu
        - basic(8)*3
        - basic(16, stride=2, project=yes) - basic(16)*2
        - basic(32, stride=2, project=yes) - basic(32)*2
        - globalavgpool - fc(10)
      blocks:
        basic:
          parameters: {filters: required, stride: 1, project: no}
          network:
            - add:
                - conv(filters, 3x3, stride=stride, pad=1) - bn - relu - conv(filters, 3x3, pad=1) - bn
                - (conv:downsample(filters, 1x1, stride=stride) - bn)?project
            - relu
      """)
  }

  @Test func `views side by side are a block, called by the model's names`() throws {
    var maker = GraphMaker(3, 16)
    var value = maker.relu(maker.conv(.input, 16, named: "stem.weight"))
    for (name, n) in [("3a", [4, 6, 8, 10]), ("3b", [8, 5, 12, 7]), ("4a", [9, 5, 14, 3])] {
      let a = maker.relu(maker.conv(value, n[0], 1, named: "mixed/\(name)/1x1"))
      let b = maker.relu(maker.conv(value, n[1], 1, named: "mixed/\(name)/3x3_reduce"))
      let c = maker.relu(maker.conv(b, n[2], named: "mixed/\(name)/3x3"))
      let d = maker.conv(maker.pool(value, 3, stride: 1, pad: 1), n[3], 1, named: "mixed/\(name)/pool")
      value = maker.join("concat", [a, c, d])
      if name == "3b" { value = maker.pool(value) }
    }
    try Self.expect(
      maker.graph(value),
      """
      network:
        - conv:stem(16, 3x3, pad=1) - relu
        - inception:mixed_3a(4, 6, 8, 10)
        - inception:mixed_3b(8, 5, 12, 7) - maxpool(2x2)
        - inception:mixed_4a(9, 5, 14, 3)
      blocks:
        inception:
          parameters: {n1: required, reduce3: required, n3: required, projection: required}
          network:
            - concat:
                - conv(n1, 1x1) - relu
                - conv(reduce3, 1x1) - relu - conv(n3, 3x3, pad=1) - relu
                - maxpool(3x3, stride=1, pad=1) - conv(projection, 1x1)
      """)
  }

  @Test func `a fire module takes the convolution before its branches along`() throws {
    var maker = GraphMaker(3, 16)
    var value = maker.pool(maker.relu(maker.conv(.input, 8)))
    for (squeeze, expand) in [(2, 8), (2, 8), (3, 16)] {
      let a = maker.relu(maker.conv(value, squeeze, 1))
      value = maker.join(
        "concat", [maker.relu(maker.conv(a, expand, 1)), maker.relu(maker.conv(a, expand))])
    }
    try Self.expect(
      maker.graph(value),
      """
      network:
        - conv(8, 3x3, pad=1) - relu - maxpool(2x2)
        - fire(2, 8)*2
        - fire(3, 16)
      blocks:
        fire:
          parameters: {squeeze: required, expand: required}
          network:
            - conv(squeeze, 1x1) - relu
            - concat:
                - conv(expand, 1x1) - relu
                - conv(expand, 3x3, pad=1) - relu
      """)
  }

  @Test func `features that are joined again and again are joined to what has been joined`() throws {
    var maker = GraphMaker(3, 16)
    var features = [maker.conv(.input, 8)]
    for _ in 0..<4 {
      let all = features.count == 1 ? features[0] : maker.join("concat", features)
      features.append(maker.conv(maker.relu(maker.bn(all)), 4))
    }
    let all = maker.join("concat", features)
    try Self.expect(
      maker.graph(maker.relu(all)),
      """
      network:
        - conv(8, 3x3, pad=1)
        - dense*4 - relu
      blocks:
        dense:
          network:
            - concat:
                - identity
                - bn - relu - conv(4, 3x3, pad=1)
      """)
  }

  @Test func `an inverted residual is a block that stands alone, too`() throws {
    var maker = GraphMaker(3, 16)
    var value = maker.relu(maker.conv(.input, 4))
    for (filters, stride) in [(6, 2), (6, 1), (8, 2), (8, 1), (8, 1)] {
      let wide = maker.relu(maker.conv(value, 6 * maker.shape(value).channels, 1))
      let out = maker.conv(maker.relu(maker.conv(wide, 5, stride: stride)), filters, 1)
      value = stride == 1 ? maker.join("add", [value, out]) : out
    }
    try Self.expect(
      maker.graph(value),
      """
      network:
        - conv(4, 3x3, pad=1) - relu
        - unit(6, stride=2) - residual(6)
        - unit(8, stride=2) - residual(8)*2
      blocks:
        unit:
          parameters: {filters: required, stride: 1}
          network:
            - conv(6*channels, 1x1) - relu
            - conv(5, 3x3, stride=stride, pad=1) - relu
            - conv(filters, 1x1)
        residual:
          parameters: {filters: required}
          network:
            - add: [identity, unit(filters)]
      """)
  }

  @Test func `the levels of a U-Net refer to labels`() throws {
    var maker = GraphMaker(1, 16)
    let a = maker.relu(maker.conv(.input, 4, named: "down1.weight"))
    let b = maker.relu(maker.conv(maker.pool(a), 8, named: "down2.weight"))
    let c = maker.relu(maker.conv(maker.pool(b), 16, named: "bottom.weight"))
    let d = maker.relu(maker.conv(maker.join("concat", [b, maker.upsample(c)]), 8, named: "up2.weight"))
    let e = maker.relu(maker.conv(maker.join("concat", [a, maker.upsample(d)]), 4, named: "up1.weight"))
    try Self.expect(
      maker.graph(maker.conv(e, 2, 1, named: "scores.weight")),
      """
      network:
        - conv:down1(4, 3x3, pad=1) - relu:skip - maxpool(2x2)
        - conv:down2(8, 3x3, pad=1) - relu:skip_2 - maxpool(2x2)
        - up:bottom(16, @skip_2)
        - up(8, @skip)
        - conv:up1(4, 3x3, pad=1) - relu
        - conv:scores(2, 1x1)
      blocks:
        up:
          parameters: {filters: required, other: required}
          network:
            - conv(filters, 3x3, pad=1) - relu - upsample(2)
            - concat: ["@other", identity]
      """)
  }

  @Test func `what others read or the network returns has a label`() throws {
    var maker = GraphMaker(3, 8)
    let a = maker.relu(maker.conv(.input, 4, named: "a.weight"))
    let inner = maker.conv(a, 4, named: "b.weight")
    let sum = maker.join("add", [maker.relu(inner), a])
    let (first, second) = (maker.conv(sum, 2, 1, named: "c.weight"), maker.conv(sum, 3, 1, named: "d.weight"))
    try Self.expect(
      maker.graph(first, second, inner),
      """
      network:
        - conv:a(4, 3x3, pad=1) - relu:skip
        - conv:b(4, 3x3, pad=1) - relu
        - add:skip_2: [identity, "@skip"]
        - conv:c(2, 1x1)
        - "@skip_2 - conv:d(3, 1x1)"
      outputs: [c, d, b]
      """)
  }

  /// Two modules of equal sizes, whose layers have names that are to be kept.
  private static func namedModules(_ names: [String]) -> ImportedGraph {
    var maker = GraphMaker(3, 8)
    var value = maker.conv(.input, 4)
    for _ in names {
      let a = maker.conv(value, 2, 1)
      value = maker.join("concat", [maker.conv(a, 3, 1), maker.conv(a, 3)])
    }
    var layers = maker.layers
    layers[0].label = "conv1"
    for (place, layer) in ["conv1", "conv2", "conv3", "concat1"].enumerated() {
      for (index, name) in names.enumerated() { layers[1 + 4 * index + place].label = "\(name).\(layer)" }
    }
    return ImportedGraph(input: maker.input, layers: layers, outputs: [value])
  }

  @Test(arguments: [
    (["fire1", "fire2"], "  - fire*2"), (["left", "right"], "  - fire:left - fire:right"),
  ]) func `names that are to be kept are kept, with as much structure as they allow`(
    names: [String], line: String
  ) throws {
    let network = try ImportedNetwork(Self.namedModules(names), path: "small.model", format: "a test")
    let lines = network.spec.split(separator: "\n").map(String.init)
    #expect(lines.contains(line), "\(network.spec)")
    let found = try network.source.report().single().network.layers.map(\.name)
    let expected = names.flatMap { name in ["conv1", "conv2", "conv3", "concat1"].map { "\(name).\($0)" } }
    #expect(found == ["conv1"] + expected)
  }

  @Test func `a factor for each channel is a branch`() throws {
    var maker = GraphMaker(3, 8)
    let a = maker.relu(maker.conv(.input, 8, named: "a.weight"))
    let b = maker.relu(maker.conv(maker.globalPool(a), 2, 1, named: "squeeze.weight"))
    let c = maker.function("sigmoid", maker.conv(b, 8, 1, named: "excite.weight"))
    try Self.expect(
      maker.graph(maker.join("multiply", [a, c])),
      """
      network:
        - conv:a(8, 3x3, pad=1) - relu
        - multiply:
            - identity
            - globalavgpool - conv:squeeze(2, 1x1) - relu - conv:excite(8, 1x1) - sigmoid
      """)
  }

  @Test func `parameters of squeeze and excitation say what they are`() throws {
    var maker = GraphMaker(3, 16)
    var value = maker.conv(.input, 6)
    for (wide, narrow, filters) in [(12, 3, 6), (18, 5, 9), (31, 7, 11)] {
      let a = maker.relu(maker.conv(value, wide, 1))
      let b = maker.relu(maker.conv(maker.globalPool(a), narrow, 1))
      let c = maker.join("multiply", [a, maker.function("sigmoid", maker.conv(b, wide, 1))])
      value = maker.join("add", [maker.conv(c, filters, 1), maker.conv(value, filters, 1)])
    }
    let lines = try maker.graph(value).lines()
    #expect(
      lines.contains("    parameters: {filters: required, squeeze: required, filters_2: required}"),
      "\(lines)")
    #expect(lines.contains("  - residual(18, 5, 9)"), "\(lines)")
  }

  @Test func `branches inside of branches are lists`() throws {
    var maker = GraphMaker(3, 8)
    let a = maker.conv(.input, 4, named: "a.weight")
    let b = maker.conv(a, 4, named: "b.weight")
    let c = maker.join(
      "concat", [maker.conv(b, 2, 1, named: "left.weight"), maker.conv(b, 2, 1, named: "right.weight")])
    try Self.expect(
      maker.graph(maker.join("add", [maker.conv(c, 4, named: "d.weight"), a, maker.relu(a)])),
      """
      network:
        - conv:a(4, 3x3, pad=1)
        - add:
            - - conv:b(4, 3x3, pad=1)
              - concat:
                  - conv:left(2, 1x1)
                  - conv:right(2, 1x1)
              - conv:d(4, 3x3, pad=1)
            - identity
            - relu
      """)
  }
}
