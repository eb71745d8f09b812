/// Zeros round the image and round its channels. Output:
/// (C + before + after) x (H + top + bottom) x (W + left + right).
package struct Pad2D: LayerOperator {
  /// Not negative; ``Crop2D`` takes rows and columns away.
  package var padding: Padding
  package var channelsBefore: Int
  package var channelsAfter: Int

  package static var name: String { "pad2d" }

  package init(padding: Padding, channelsBefore: Int = 0, channelsAfter: Int = 0) {
    self.padding = padding
    self.channelsBefore = channelsBefore
    self.channelsAfter = channelsAfter
  }

  package func outputShape(for inputs: [Shape]) -> Shape? {
    let amounts = [
      padding.top, padding.bottom, padding.left, padding.right, channelsBefore, channelsAfter,
    ]
    guard inputs.count == 1, amounts.allSatisfy({ $0 >= 0 }) else { return nil }
    let (input, zero) = (inputs[0], CheckedInteger(0))
    return .checked(
      (zero + input.channels + channelsBefore + channelsAfter).value,
      (zero + input.height + padding.top + padding.bottom).value,
      (zero + input.width + padding.left + padding.right).value)
  }

  package func lower(_ site: CallSite) -> [KernelCall] {
    let (input, output) = (site.inputShape, site.outputShape)
    let inside = KernelCall.copy(
      input, batch: site.batch, from: site.input, ImageBlock(in: input), to: site.output,
      ImageBlock(in: output, channel: channelsBefore, top: padding.top, left: padding.left))
    if input == output { return [inside] }
    let zeros = KernelCall(
      .fill, [site.output],
      [
        "batch": .integer(site.batch),
        "count": .integer(output.count),
        "y_stride": .integer(site.output.imageStride),
        "value": .real(0),
      ])
    return [zeros, inside]
  }

  package func evaluate<Scalar: ReferenceScalar>(
    _ inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>]
  ) -> Tensor<Scalar> {
    let x = inputs[0]
    guard let output = outputShape(for: [x.shape]) else { preconditionFailure("verified") }
    return Tensor(batch: x.batch, output) { n, c, row, column in
      let (c, row, column) = (c - channelsBefore, row - padding.top, column - padding.left)
      let isInside =
        0..<x.shape.channels ~= c && 0..<x.shape.height ~= row && 0..<x.shape.width ~= column
      return isInside ? x[n, c, row, column] : 0
    }
  }
}
