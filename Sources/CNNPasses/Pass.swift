import CNNGraph

/// A named function from graph to graph.
package struct Pass: Sendable {
  package let name: String
  private let transform: @Sendable (Graph) -> Graph

  package init(_ name: String, _ transform: @escaping @Sendable (Graph) -> Graph) {
    self.name = name
    self.transform = transform
  }

  /// The transformed graph, verified.
  package func callAsFunction(_ graph: Graph) -> Graph {
    let result = transform(graph)
    result.verify(after: name)
    precondition(
      result.outputs.map(\.name) == graph.outputs.map(\.name), "\(name) changed the graph's outputs")
    return result
  }
}

extension [Pass] {
  /// What leaves less to compute at inference.
  package static let simplification: [Pass] = [
    .removeIdentities, .foldBatchNorm, .fuseResidualAdd, .fuseActivation, .removeDeadCode,
  ]

  /// What turns a network's graph into what inference runs.
  /// - Parameters:
  ///   - batch: images of a run.
  ///   - costs: what algorithms are chosen by, where the options have no timings.
  package static func inference(
    batch: Int, options: EngineOptions = EngineOptions(), costs: ConvolutionCosts = ConvolutionCosts()
  ) -> [Pass] {
    simplification + [
      .fusePool(batch: batch, options: options, costs: costs),
      .chooseLayouts(batch: batch, options: options, costs: costs),
      .fuseWinogradPool,
    ]
  }

  /// What turns the forward and the backward half of a training step into what is run. Batches of all sizes are
  /// computed alike, so that a batch may be computed in parts.
  package static let training: [Pass] = [
    .convolveGradients, .readActivationOutputs, .fuseResidualAdd, .fuseActivation, .chooseLayouts(batch: 32),
  ]

  /// Applies the passes in order.
  /// - Parameter dump: sees the graph after each of them.
  package func callAsFunction(_ graph: Graph, dump: (Pass, Graph) -> Void = { _, _ in }) -> Graph {
    reduce(graph) { graph, pass in
      let result = pass(graph)
      dump(pass, result)
      return result
    }
  }
}
