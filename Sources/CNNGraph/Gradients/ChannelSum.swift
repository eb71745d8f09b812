/// The sum of each channel over the batch and all pixels, a bias's gradient: y[c] = sum over n, i, j of
/// x[n, c, i, j]. Input: any activation C x H x W. Output: [C], once for the batch.
package struct ChannelSum: Operator {
  package init() {}

  package static var name: String { "channel_sum" }

  package func outputTypes(inputs: [TensorType], parameters: [TensorType]) -> [TensorType]? {
    guard inputs.count == 1, parameters.isEmpty, inputs[0].isBatched else { return nil }
    return [.parameter([inputs[0].shape.channels])]
  }

  package func lower(_ site: CallSite) -> [KernelCall] {
    [
      KernelCall(
        .channelSum, [site.output, site.input],
        [
          "batch": .integer(site.batch), "channels": .integer(site.inputShape.channels),
          "area": .integer(site.inputShape.area), "x_stride": .integer(site.input.imageStride),
        ])
    ]
  }

  package func evaluateAll<Scalar: ReferenceScalar>(
    _ inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>]
  ) -> [Tensor<Scalar>] {
    let (x, shape) = (inputs[0], inputs[0].shape)
    var sums = [Scalar](repeating: 0, count: shape.channels)
    for (index, element) in x.elements.enumerated() { sums[index / shape.area % shape.channels] += element }
    return [Tensor([shape.channels], sums)]
  }
}

extension GradientBuilder {
  /// The gradient of a bias that is added to a node's channels, its parameter behind the weight, if it has one.
  mutating func addBiasGradient(of node: Node, from gradient: ValueID) {
    guard node.parameters.count > 1 else { return }
    add(.channelSum(ChannelSum()), inputs: [gradient], gradientOf: node.parameters[1], in: node)
  }
}
