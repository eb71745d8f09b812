/// The sum of a gradient's squares. Parameter: a gradient of any type. Output: [1].
package struct SquaredNorm: Operator {
  package init() {}

  package static var name: String { "squared_norm" }

  package func outputTypes(inputs: [TensorType], parameters: [TensorType]) -> [TensorType]? {
    guard inputs.isEmpty, parameters.count == 1, !parameters[0].isBatched else { return nil }
    return [.parameter([1])]
  }

  /// The kernel of ``ChannelReduction``, for one channel that holds all.
  package func lower(_ site: CallSite) -> [KernelCall] {
    [
      KernelCall(
        .channelReduction, [site.output, site.parameters[0], site.parameters[0]],
        [
          "batch": .integer(1), "channels": .integer(1),
          "area": .integer(site.parameterTypes[0].count), "dy_stride": .integer(0), "x_stride": .integer(0),
          "factor": .integer(1),
        ])
    ]
  }

  package func evaluateAll<Scalar: ReferenceScalar>(
    _ inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>]
  ) -> [Tensor<Scalar>] {
    [Tensor([1], [parameters[0].elements.reduce(0) { $0 + $1 * $1 }])]
  }
}
