/// What the gradients of a batch's parts have added up to, and one more part's: sum' = sum + gradient.
/// Parameters: sum and gradient of any one type. Output: sum', of that type; it may be written over either,
/// element for element.
package struct AccumulateGradient: Operator {
  package init() {}

  package static var name: String { "accumulate_gradient" }

  package func outputTypes(inputs: [TensorType], parameters: [TensorType]) -> [TensorType]? {
    guard inputs.isEmpty, parameters.count == 2, parameters[0] == parameters[1], !parameters[0].isBatched
    else { return nil }
    return [parameters[0]]
  }

  /// The kernel of ``Add``, for a batch of one.
  package func lower(_ site: CallSite) -> [KernelCall] {
    [.sum(site.parameters[0], site.parameters[1], to: site.output, count: site.outputTypes[0].count)]
  }

  package func evaluateAll<Scalar: ReferenceScalar>(
    _ inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>]
  ) -> [Tensor<Scalar>] {
    [Tensor(parameters[0].dimensions, zip(parameters[0].elements, parameters[1].elements).map(+))]
  }
}

extension KernelCall {
  /// y = a + b for parameters of so many elements; y may be a, b or both.
  static func sum(_ a: Operand, _ b: Operand, to y: Operand, count: Int) -> KernelCall {
    KernelCall(
      .add, [y, a, b],
      [
        "batch": .integer(1), "count": .integer(count), "y_stride": .integer(0), "a_stride": .integer(0),
        "b_stride": .integer(0), "function": .integer(0), "alpha": .real(0),
      ])
  }
}
