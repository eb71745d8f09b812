/// `count` neighbouring channels: y(c, i, j) = x(first + c, i, j). Output: count x H x W.
package struct ChannelSlice: Operator {
  package var first: Int
  package var count: Int

  package init(first: Int, count: Int) {
    self.first = first
    self.count = count
  }

  package static var name: String { "channel_slice" }

  package func outputTypes(inputs: [TensorType], parameters: [TensorType]) -> [TensorType]? {
    guard inputs.count == 1, parameters.isEmpty, inputs[0].isBatched, first >= 0, count > 0 else {
      return nil
    }
    let shape = inputs[0].shape
    guard count <= shape.channels - first else { return nil }
    return [.activation(Shape(count, shape.height, shape.width)).laid(out: inputs[0].layout)]
  }

  package func lower(_ site: CallSite) -> [KernelCall] {
    if site.isInBlocks { return [blockedCall(site)] }
    return [
      .copy(
        site.outputShape, batch: site.batch, from: site.input,
        ImageBlock(in: site.inputShape, channel: first),
        to: site.output, ImageBlock(in: site.outputShape))
    ]
  }

  private func blockedCall(_ site: CallSite) -> KernelCall {
    KernelCall(
      .copyBlocks, [site.output, site.input],
      [
        "batch": .integer(site.batch),
        "y_stride": .integer(site.output.imageStride),
        "x_stride": .integer(site.input.imageStride),
        "channels": .integer(count),
        "area": .integer(site.outputShape.area),
        "first_channel": .integer(0),
        "first_x_channel": .integer(first),
      ])
  }

  package func evaluateAll<Scalar: ReferenceScalar>(
    _ inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>]
  ) -> [Tensor<Scalar>] {
    let x = inputs[0]
    return [
      Tensor(batch: x.batch, Shape(count, x.shape.height, x.shape.width)) { n, c, row, column in
        x[n, first + c, row, column]
      }
    ]
  }
}

extension Concat: Differentiable {
  /// Each input's gradient is its slice of dy.
  package func addGradients(of node: Node, from gradient: ValueID, to builder: inout GradientBuilder) {
    var first = 0
    for x in node.inputs {
      let slice = ChannelSlice(first: first, count: builder.shape(of: x).channels)
      builder.add(.channelSlice(slice), inputs: [gradient], gradientOf: x, in: node)
      first += slice.count
    }
  }
}
