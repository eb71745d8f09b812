/// A gradient times a factor. Parameters: the gradient, of any type, and the factor [1]. Output: the
/// gradient's type; it may be written over the gradient, element for element.
package struct ScaleGradient: Operator {
  package init() {}

  package static var name: String { "scale_gradient" }

  package func outputTypes(inputs: [TensorType], parameters: [TensorType]) -> [TensorType]? {
    guard inputs.isEmpty, parameters.count == 2, !parameters[0].isBatched, parameters[1] == .parameter([1])
    else { return nil }
    return [parameters[0]]
  }

  /// The kernel of ``ChannelAffine``, for one channel that holds all.
  package func lower(_ site: CallSite) -> [KernelCall] {
    [
      KernelCall(
        .channelAffine, [site.output, site.parameters[0], site.parameters[1], nil, nil],
        [
          "batch": .integer(1), "channels": .integer(1), "area": .integer(site.outputTypes[0].count),
          "y_stride": .integer(0), "x_stride": .integer(0), "r_stride": .integer(0), "function": .integer(0),
          "alpha": .real(0),
        ])
    ]
  }

  package func evaluateAll<Scalar: ReferenceScalar>(
    _ inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>]
  ) -> [Tensor<Scalar>] {
    let factor = parameters[1].elements[0]
    return [parameters[0].mapElements { $0 * factor }]
  }
}
