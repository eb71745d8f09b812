import CNNGraph

extension Pass {
  /// A max pool of disjoint squares of two by two behind a small convolution of row-major activations happens at its
  /// store, where that takes less time than the two apart, in whatever layout.
  ///
  /// Runs before layouts are chosen: it changes convolutions whose weights are not packed yet only.
  /// - Parameter batch: images of a run, on which the choice depends.
  package static func fusePool(
    batch: Int, options: EngineOptions = EngineOptions(), costs: ConvolutionCosts = ConvolutionCosts()
  ) -> Pass {
    Pass("fuse pool") { graph in
      let soleUsers = graph.soleUsers()
      var fused: [NodeID: (op: ConvPool2D, pool: NodeID)] = [:]
      for id in graph.nodeIDs {
        let node = graph[id]
        guard case .conv2d(let conv) = node.op, let user = soleUsers[node.output.index],
          case .pool2d(let pool) = graph[user].op,
          graph[node.parameters[0]].type.layout == .rowMajor, graph[node.inputs[0]].type.layout == .rowMajor,
          let op = ConvPool2D(conv, pool, input: graph[node.inputs[0]].type.shape),
          graph[node.parameters[0]].type.bytes(packedAs: .planarPanels) <= options.packedBytes,
          costs.pays(
            op, input: graph[node.inputs[0]].type.shape, between: graph[node.output].type.shape,
            output: graph[graph[user].output].type.shape, batch: batch, isExact: options.isExact)
        else { continue }
        fused[id] = (op, user)
      }
      let pools = Set(fused.values.map(\.pool))
      var rewriter = GraphRewriter(graph)
      for id in graph.nodeIDs where !pools.contains(id) {
        let node = graph[id]
        guard let (op, pool) = fused[id] else {
          rewriter.keep(node)
          continue
        }
        let weight = rewriter.addConstant(
          .changeLayout(ChangeLayout(to: .packed(.planarPanels))), parameters: [rewriter[node.parameters[0]]],
          name: "\(graph[node.output].name).packed_weight", of: node)
        rewriter.add(
          .convPool2d(op), inputs: [rewriter[node.inputs[0]]],
          parameters: [weight] + node.parameters.dropFirst().map { rewriter[$0] },
          replacing: graph[pool].output, layers: node.layers + graph[pool].layers, of: node)
      }
      return rewriter.finished()
    }
  }
}

extension ConvolutionCosts {
  /// Whether the two together take less time than the best way to compute them apart. What is computed together is
  /// charged with a change of layout on either side, since its neighbours may have channel blocks.
  func pays(
    _ op: ConvPool2D, input: Shape, between: Shape, output: Shape, batch: Int, isExact: Bool
  ) -> Bool {
    let all = op.conv.packings(for: input)
    let ways: [WeightPacking?] = all.filter { packing in
      switch packing {
      case .winograd: !isExact
      // Few channels are read as they lie.
      case .panels: !all.contains(.planarPanels)
      case .planarPanels, .depthwise: true
      }
    }
    let best = (ways + [nil]).map {
      nanoseconds(of: op.conv, $0, input: input, output: between, batch: batch)
    }.min()
    let apart = (best ?? .infinity) + Double(batch) * Double(between.count) / poolRate
    return nanoseconds(of: op, input: input, output: output, batch: batch) < apart
  }

  /// Nanoseconds for a batch of a convolution whose maxima are stored only.
  private func nanoseconds(of op: ConvPool2D, input: Shape, output: Shape, batch: Int) -> Double {
    let kernel = op.conv.window.kernel
    let products =
      4 * Double(output.count) * Double(input.channels) * Double(kernel.height) * Double(kernel.width)
    // Every element of the image is copied for each other column of the window, and changes its layout.
    let copies = Double(input.count) * Double(kernel.width + 3) + 2 * Double(output.count)
    return Double(batch) * (products / pooledRate + copies / copyRate)
  }
}
