/// What all gradients are multiplied by so that their norm does not pass a limit:
///
///     min(1, limit / (sqrt(sum of squares) + 1e-6))
///
/// Parameters: the squares' sum of each gradient, [1] each, at least one. Output: [1]. PyTorch's
/// clip_grad_norm_. Pascanu et al., On the difficulty of training recurrent neural networks, 2013.
package struct ClipFactor: Operator {
  package var limit: Double

  package init(limit: Double) { self.limit = limit }

  package static var name: String { "clip_factor" }

  package func outputTypes(inputs: [TensorType], parameters: [TensorType]) -> [TensorType]? {
    guard inputs.isEmpty, !parameters.isEmpty, parameters.allSatisfy({ $0 == .parameter([1]) }) else {
      return nil
    }
    return [.parameter([1])]
  }

  /// The sum grows in the output's place.
  package func lower(_ site: CallSite) -> [KernelCall] {
    var calls: [KernelCall] = []
    var sum = site.parameters[0]
    for term in site.parameters.dropFirst() {
      calls.append(.sum(sum, term, to: site.output, count: 1))
      sum = site.output
    }
    calls.append(KernelCall(.clipFactor, [site.output, sum], ["limit": .real(limit)]))
    return calls
  }

  package func evaluateAll<Scalar: ReferenceScalar>(
    _ inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>]
  ) -> [Tensor<Scalar>] {
    let norm = parameters.reduce(Scalar(0)) { $0 + $1.elements[0] }.squareRoot()
    return [Tensor([1], [Swift.min(1, Scalar(limit) / (norm + 1e-6))])]
  }
}
