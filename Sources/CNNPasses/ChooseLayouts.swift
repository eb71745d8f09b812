import CNNGraph

/// What the engine may do with a graph for inference.
package struct EngineOptions: Hashable, Sendable {
  /// Only algorithms that multiply what the definition multiplies: no Winograd.
  package var isExact: Bool
  /// What weights, constants and arena may take together; nil for as much as it takes to be fast.
  package var memoryBytes: Int?
  /// Winograd only where its weights take at most so many bytes a layer.
  package var winogradBytes = Int.max
  /// Kernels with an order of their own for the weights only where these take at most so many bytes a layer.
  package var packedBytes = Int.max
  /// What was measured on this machine, which decides in place of a model; nil to ask the model only.
  package var timings: ConvolutionTimings?

  package init(isExact: Bool = false, memoryBytes: Int? = nil) {
    self.isExact = isExact
    self.memoryBytes = memoryBytes
  }
}

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
      add(conv, node, packing)
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
    let isInBlocks = layout(of: node.inputs[0]) == .channelBlocks
    let site = ConvolutionSite(conv, input: input, output: output, batch: batch)
    let all = site.candidates(isExact: options.isExact)
    let candidates = all.filter { packing in
      if let packing, bytes(of: packing, node) > options.packedBytes { return false }
      return switch packing {
      case nil: true
      case .winograd?: bytes(of: packing, node) <= options.winogradBytes
      case .planarPanels?: !isInBlocks
      // Few channels are read as they lie.
      case .panels?, .depthwise?: isInBlocks || !all.contains(.planarPanels)
      }
    }
    let nanoseconds =
      options.timings?.nanoseconds(of: site, candidates)
      ?? candidates.map { costs.nanoseconds(of: conv, $0, input: input, output: output, batch: batch) }
    return zip(candidates, nanoseconds).min { $0.1 < $1.1 }?.0
  }

  private func bytes(of packing: WeightPacking?, _ node: Node) -> Int {
    packing.map { rewriter.source[node.parameters[0]].type.bytes(packedAs: $0) } ?? 0
  }

  private mutating func add(_ conv: Conv2D, _ node: Node, _ packing: WeightPacking) {
    let weight = rewriter.addConstant(
      .changeLayout(ChangeLayout(to: .packed(packing))), parameters: [rewriter[node.parameters[0]]],
      name: "\(rewriter.source[node.output].name).packed_weight", of: node)
    let first = value(node.inputs[0], as: packing == .planarPanels ? .rowMajor : .channelBlocks, for: node)
    let others = node.inputs.dropFirst().map { value($0, as: .channelBlocks, for: node) }
    append(node, [first] + others, [weight] + node.parameters.dropFirst().map { rewriter[$0] })
  }

  private mutating func append(_ node: Node, _ inputs: [ValueID], _ parameters: [ValueID]) {
    let outputs = rewriter.append(
      node.op, inputs: inputs, parameters: parameters, names: node.outputs.map { rewriter.source[$0].name },
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

extension Op {
  /// Whether there are kernels for channel blocks too.
  fileprivate var computesBlocks: Bool {
    switch self {
    case .activation, .pool2d, .localResponseNorm, .channelAffine, .add, .concat: true
    case .conv2d, .convPool2d, .deconv2d, .unpool2d, .dense, .radialBasis, .softmax, .prelu, .batchNorm,
      .dropout,
      .reshape, .identity, .pad2d, .crop2d, .upsample2d, .channelShuffle, .multiply, .foldBatchNorm,
      .changeLayout, .gradient, .training:
      false
    }
  }
}
