import CNNGraph

extension Pass {
  /// Chooses an algorithm for each convolution, packs its weights for it, and keeps activations in channel blocks
  /// from one to the next; where an operator computes row-major activations only, and at the graph's ends, the
  /// layout changes.
  /// - Parameter batch: images of a run, on which the choice depends.
  package static func chooseLayouts(
    batch: Int, options: EngineOptions = EngineOptions(), costs: ConvolutionCosts = ConvolutionCosts()
  ) -> Pass {
    Pass("choose layouts") { graph in
      var chooser = LayoutChooser(graph, batch: batch, options: options, costs: costs)
      for node in graph.nodes { chooser.add(node) }
      return chooser.finished()
    }
  }
}

private struct LayoutChooser {
  let batch: Int
  let options: EngineOptions
  let costs: ConvolutionCosts
  var rewriter: GraphRewriter
  /// What a value of the new graph is in the other layout, once that has been computed.
  var changed: [ValueID: ValueID] = [:]

  init(_ graph: Graph, batch: Int, options: EngineOptions, costs: ConvolutionCosts) {
    self.batch = batch
    self.options = options
    self.costs = costs
    rewriter = GraphRewriter(graph)
  }

  mutating func add(_ node: Node) {
    if case .conv2d(let conv) = node.op, let packing = packing(for: conv, node) {
      add(node, packing)
    } else if case .gradient(.conv2dInput(let gradient)) = node.op, let packing = gradient.packing,
      layout(of: node.inputs[0]) == .channelBlocks
    {
      add(gradient, node, packing)
    } else if case .gradient(.conv2dWeight(let gradient)) = node.op {
      add(gradient, node)
    } else if node.inputs.isEmpty {
      rewriter.keep(node)
    } else {
      let isInBlocks = node.op.computesBlocks && node.inputs.contains { layout(of: $0) == .channelBlocks }
      let inputs = node.inputs.map { value($0, as: isInBlocks ? .channelBlocks : .rowMajor, for: node) }
      append(node, inputs, node.parameters.map { rewriter[$0] })
    }
  }

  /// The cheapest way to compute a convolution; nil for row-major kernels.
  private func packing(for conv: Conv2D, _ node: Node) -> WeightPacking? {
    let graph = rewriter.source
    let (input, output) = (graph[node.inputs[0]].type.shape, graph[node.output].type.shape)
    guard graph[node.parameters[0]].type.layout == .rowMajor else { return nil }
    let site = ConvolutionSite(conv, input: input, output: output, batch: batch)
    let packings = conv.packings(for: input, lying: layout(of: node.inputs[0])).filter {
      let bytes = bytes(of: $0, node)
      guard bytes <= options.packedBytes else { return false }
      return !$0.isWinograd || !options.isExact && bytes <= options.winogradBytes
    }
    let candidates = [nil] + packings
    let nanoseconds =
      options.timings?.nanoseconds(of: site, candidates)
      ?? candidates.map { costs.nanoseconds(of: conv, $0, input: input, output: output, batch: batch) }
    return zip(candidates, nanoseconds).min { $0.1 < $1.1 }?.0
  }

  private func bytes(of packing: WeightPacking, _ node: Node) -> Int {
    rewriter.source[node.parameters[0]].type.bytes(packedAs: packing)
  }

  /// Weights in the order in which a kernel reads them.
  private mutating func packed(_ weight: ValueID, _ packing: WeightPacking, for node: Node) -> ValueID {
    rewriter.addConstant(
      .changeLayout(ChangeLayout(to: .packed(packing))), parameters: [weight],
      name: "\(rewriter.source[node.output].name).packed_weight", of: node)
  }

  private mutating func add(_ node: Node, _ packing: WeightPacking) {
    let weight = packed(rewriter[node.parameters[0]], packing, for: node)
    let first = value(node.inputs[0], as: packing == .planarPanels ? .rowMajor : .channelBlocks, for: node)
    let others = node.inputs.dropFirst().map { value($0, as: .channelBlocks, for: node) }
    append(node, [first] + others, [weight] + node.parameters.dropFirst().map { rewriter[$0] })
  }

  /// The gradient of a strided convolution's input; of others it is a convolution.
  private mutating func add(_ gradient: Conv2DInputGradient, _ node: Node, _ packing: WeightPacking) {
    let name = rewriter.source[node.parameters[0]].name
    var turned = gradient
    turned.hasTurnedWeights = true
    let transposed = rewriter.addConstant(
      .gradient(.transposeFilters(TransposeFilters(groups: gradient.conv.groups))),
      parameters: [rewriter[node.parameters[0]]], name: "\(name).transposed", of: node)
    append(
      node, [value(node.inputs[0], as: .channelBlocks, for: node)], [packed(transposed, packing, for: node)],
      op: .gradient(.conv2dInput(turned)))
  }

  private mutating func add(_ gradient: Conv2DWeightGradient, _ node: Node) {
    let (x, dy) = (node.inputs[0], node.inputs[1])
    var (gradient, layouts) = (gradient, [Layout.rowMajor, .rowMajor])
    if layout(of: dy) == .channelBlocks {
      // Few channels are read as they lie.
      if layout(of: x) == .rowMajor, gradient.acceptsImage(inputShape: shape(of: x)) {
        layouts = [.rowMajor, .channelBlocks]
      } else if gradient.acceptsBlocks(inputShape: shape(of: x)) {
        layouts = [.channelBlocks, .channelBlocks]
      }
    }
    gradient.winogradTile = winogradTile(of: gradient, node, layouts)
    append(
      node, zip(node.inputs, layouts).map { value($0, as: $1, for: node) }, [],
      op: .gradient(.conv2dWeight(gradient)))
  }

  /// The tile by which Winograd's algorithm is the quickest way to a weight gradient; nil for the direct one.
  private func winogradTile(of gradient: Conv2DWeightGradient, _ node: Node, _ layouts: [Layout]) -> Int? {
    let types = zip(node.inputs, layouts).map { rewriter.source[$0].type.laid(out: $1) }
    let candidates = [nil, 2, 4].compactMap { tile -> Conv2DWeightGradient? in
      var candidate = gradient
      candidate.winogradTile = tile
      return candidate.accepts(layouts, inputShape: types[0].shape) ? candidate : nil
    }
    let costs = WeightGradientCosts()
    let fastest = candidates.min {
      costs.nanoseconds(of: $0, inputs: types, batch: batch)
        < costs.nanoseconds(of: $1, inputs: types, batch: batch)
    }
    return options.isExact ? nil : fastest?.winogradTile
  }

  private func shape(of old: ValueID) -> Shape { rewriter.source[old].type.shape }

  private mutating func append(
    _ node: Node, _ inputs: [ValueID], _ parameters: [ValueID], op: Op? = nil
  ) {
    let outputs = rewriter.append(
      op ?? node.op, inputs: inputs, parameters: parameters,
      names: node.outputs.map { rewriter.source[$0].name },
      of: node)
    for (old, new) in zip(node.outputs, outputs) { rewriter.replace(old, by: new) }
  }

  private func layout(of old: ValueID) -> Layout { rewriter.result[rewriter[old]].type.layout }

  /// A value of the old graph in a layout of the new one.
  private mutating func value(_ old: ValueID, as layout: Layout, for node: Node?) -> ValueID {
    let value = rewriter[old]
    guard rewriter.result[value].type.layout != layout else { return value }
    if let known = changed[value] { return known }
    let name = rewriter.result[value].name
    let other = rewriter.append(
      .changeLayout(ChangeLayout(to: layout)), inputs: [value],
      names: ["\(name).\(layout == .rowMajor ? "planar" : "blocks")"], layers: [], range: node?.range)[0]
    changed[value] = other
    return other
  }

  /// What the network returns is row-major.
  mutating func finished() -> Graph {
    for output in rewriter.source.outputs {
      rewriter.replace(output.value, by: value(output.value, as: .rowMajor, for: nil))
    }
    return rewriter.finished()
  }
}

extension TensorType {
  /// Bytes of weights of this type when they are packed; the most there are where that overflows.
  func bytes(packedAs packing: WeightPacking) -> Int {
    let type = laid(out: .packed(packing))
    return (CheckedInteger.product(type.storedDimensions) * type.element.byteCount).value ?? .max
  }
}
