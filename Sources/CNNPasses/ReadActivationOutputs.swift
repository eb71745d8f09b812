import CNNGraph

extension Pass {
  /// Lets the gradient of a function whose sign is its argument's read what the function returned, which the next
  /// layer needs anyway: then nobody needs the argument, and the function can happen at the store in front of it.
  package static let readActivationOutputs = Pass("read activation outputs") { graph in
    var rewriter = GraphRewriter(graph)
    /// The results of functions, by argument.
    var results: [ValueID: [Activation: ValueID]] = [:]
    for node in graph.nodes {
      if case .activation(let function) = node.op {
        results[node.inputs[0], default: [:]][function] = node.output
      }
      guard case .gradient(.activation(let gradient)) = node.op, gradient.activation.keepsSign,
        let result = results[node.inputs[1]]?[gradient.activation]
      else {
        rewriter.keep(node)
        continue
      }
      rewriter.add(
        node.op, inputs: [rewriter[node.inputs[0]], rewriter[result]], parameters: [],
        replacing: node.output, layers: node.layers, of: node)
    }
    return rewriter.finished()
  }
}

extension Activation {
  /// Whether the derivative at f(x) is that at x: it depends on the sign, and on whether a limit is reached.
  fileprivate var keepsSign: Bool {
    switch self {
    case .relu, .relu6: true
    case .leakyReLU(let slope): slope >= 0
    case .elu, .sigmoid, .tanh, .scaledTanh, .gelu, .silu, .hardSigmoid, .hardSwish: false
    }
  }
}
