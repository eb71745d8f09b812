import CNNSpec

extension Deconv2D: Differentiable {
  /// A transposed convolution is the gradient of a convolution with respect to its input, so its own gradients
  /// are that convolution of dy, whose weights have the same dimensions, and that convolution's
  /// weight gradient with the two images in each other's place.
  package func addGradients(of node: Node, from gradient: ValueID, to builder: inout GradientBuilder) {
    precondition(epilogue == .none, "differentiated before anything is fused")
    let (x, weight) = (node.inputs[0], node.parameters[0])
    let conv = convolution(to: builder.graph[x].type.shape.channels)
    if builder.wants(x) {
      let part = builder.add(
        .conv2d(conv), inputs: [gradient], parameters: [weight], named: builder.graph[x].name, for: node)
      builder.accumulate(part, for: x, in: node)
    }
    builder.add(
      .conv2dWeight(Conv2DWeightGradient(conv: conv)), inputs: [gradient, x], gradientOf: weight, in: node)
    builder.addBiasGradient(of: node, from: gradient)
  }

  /// The convolution from the output's shape to the input's: what the output is padded with at the bottom
  /// and the right, its windows leave out.
  private func convolution(to channels: Int) -> Conv2D {
    var cropped = padding
    cropped.bottom -= outputPadding.height
    cropped.right -= outputPadding.width
    return Conv2D(
      filters: channels, window: Window2D(kernel: kernel, stride: stride, padding: cropped), groups: groups,
      hasBias: false)
  }
}
