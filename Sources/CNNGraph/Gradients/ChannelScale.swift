/// y = weight_c * x, a factor a channel: the gradient that ``ChannelAffine`` hands on. Input: x;
/// parameter: weight [C]. Output: the input's shape.
package struct ChannelScale: Operator {
  package static var name: String { "channel_scale" }

  package init() {}

  package func outputTypes(inputs: [TensorType], parameters: [TensorType]) -> [TensorType]? {
    guard inputs.count == 1, inputs[0].isBatched, parameters == [.parameter([inputs[0].shape.channels])]
    else { return nil }
    return inputs
  }

  package var inPlaceInputs: [Int] { [0] }

  package func lower(_ site: CallSite) -> [KernelCall] {
    [
      KernelCall(
        site.isInBlocks ? .channelAffineBlocks : .channelAffine,
        [site.output, site.input, site.parameters[0], nil, nil],
        [
          "batch": .integer(site.batch), "channels": .integer(site.outputShape.channels),
          "area": .integer(site.outputShape.area), "y_stride": .integer(site.output.imageStride),
          "x_stride": .integer(site.input.imageStride), "r_stride": .integer(0), "function": .integer(0),
          "alpha": .real(0),
        ])
    ]
  }

  package func evaluateAll<Scalar: ReferenceScalar>(
    _ inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>]
  ) -> [Tensor<Scalar>] {
    let (x, weight) = (inputs[0], parameters[0].elements)
    return [Tensor(batch: x.batch, x.shape) { n, c, row, column in weight[c] * x[n, c, row, column] }]
  }
}

extension ChannelAffine: Differentiable {
  /// dx = weight_c dy; dweight_c and dbias_c are the channel's sums of dy x and of dy.
  package func addGradients(of node: Node, from gradient: ValueID, to builder: inout GradientBuilder) {
    precondition(epilogue == .none, "gradients come before fusing")
    let (x, weight, bias) = (node.inputs[0], node.parameters[0], node.parameters[1])
    builder.add(
      .channelScale(ChannelScale()), inputs: [gradient], parameters: [weight], gradientOf: x, in: node)
    builder.add(
      .channelReduction(ChannelReduction(.input)), inputs: [gradient, x], gradientOf: weight, in: node)
    builder.add(.channelReduction(ChannelReduction(.one)), inputs: [gradient], gradientOf: bias, in: node)
  }
}
