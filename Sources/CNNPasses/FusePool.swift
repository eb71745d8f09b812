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
      graph.fusingPools { pair in
        guard graph[pair.node.parameters[0]].type.layout == .rowMajor,
          graph[pair.node.inputs[0]].type.layout == .rowMajor,
          let op = ConvPool2D(pair.conv, pair.pool, input: pair.input, packing: .planarPanels),
          graph[pair.node.parameters[0]].type.bytes(packedAs: .planarPanels) <= options.packedBytes,
          costs.pays(
            op, input: pair.input, between: pair.between, output: pair.output, batch: batch,
            isExact: options.isExact)
        else { return nil }
        return op
      } weight: { rewriter, node in
        rewriter.addConstant(
          .changeLayout(ChangeLayout(to: .packed(.planarPanels))), parameters: [rewriter[node.parameters[0]]],
          name: "\(graph[node.output].name).packed_weight", of: node)
      }
    }
  }

  /// The same behind any convolution by Winograd's algorithm, which is never slower: whole squares lie in one tile,
  /// and less is written.
  ///
  /// Runs after layouts are chosen.
  package static let fuseWinogradPool = Pass("fuse winograd pool") { graph in
    graph.fusingPools { pair in
      guard case .packed(let packing) = graph[pair.node.parameters[0]].type.layout, packing.isWinograd
      else { return nil }
      return ConvPool2D(pair.conv, pair.pool, input: pair.input, packing: packing)
    } weight: { rewriter, node in
      rewriter[node.parameters[0]]
    }
  }
}

/// A convolution and a pool that alone reads what it makes.
private struct PooledConvolution {
  let node: Node
  let conv: Conv2D
  let pool: Pool2D
  let input: Shape
  let between: Shape
  let output: Shape
}

extension Graph {
  /// - Parameters:
  ///   - choose: what computes the two, or nil to leave them apart.
  ///   - weight: the value that this reads for the convolution's weights.
  fileprivate func fusingPools(
    _ choose: (PooledConvolution) -> ConvPool2D?, weight: (inout GraphRewriter, Node) -> ValueID
  ) -> Graph {
    let soleUsers = soleUsers()
    var fused: [NodeID: (op: ConvPool2D, pool: NodeID)] = [:]
    for id in nodeIDs {
      let node = self[id]
      guard case .conv2d(let conv) = node.op, let user = soleUsers[node.output.index],
        case .pool2d(let pool) = self[user].op,
        let op = choose(
          PooledConvolution(
            node: node, conv: conv, pool: pool, input: self[node.inputs[0]].type.shape,
            between: self[node.output].type.shape, output: self[self[user].output].type.shape))
      else { continue }
      fused[id] = (op, user)
    }
    let pools = Set(fused.values.map(\.pool))
    var rewriter = GraphRewriter(self)
    for id in nodeIDs where !pools.contains(id) {
      let node = self[id]
      guard let (op, pool) = fused[id] else {
        rewriter.keep(node)
        continue
      }
      rewriter.add(
        .convPool2d(op), inputs: [rewriter[node.inputs[0]]],
        parameters: [weight(&rewriter, node)] + node.parameters.dropFirst().map { rewriter[$0] },
        replacing: self[pool].output, layers: node.layers + self[pool].layers, of: node)
    }
    return rewriter.finished()
  }
}

extension ConvolutionCosts {
  /// Whether the two together take less time than the best way to compute them apart. What is computed together is
  /// charged with a change of layout on either side, since its neighbours may have channel blocks.
  func pays(
    _ op: ConvPool2D, input: Shape, between: Shape, output: Shape, batch: Int, isExact: Bool
  ) -> Bool {
    let ways: [WeightPacking?] = op.conv.packings(for: input, lying: .rowMajor)
      .filter { !(isExact && $0.isWinograd) }
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
