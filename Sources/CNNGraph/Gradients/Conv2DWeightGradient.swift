/// d loss / d weight of a convolution, summed over the batch; zero where a table connects nothing:
///
///     dw[k, c, fy, fx] = sum over n, i, j of x[n, c, i*S - P + fy*dilation, j*S - P + fx*dilation] * dy[n, k, i, j]
///
/// Inputs: x, D x H x W, and dy, K x H2 x W2: both row-major, both in channel blocks, or x row-major and dy in
/// channel blocks (``accepts(_:inputShape:)``). Output: [K, D/groups, Fh, Fw], row-major, once for the batch.
package struct Conv2DWeightGradient: Operator {
  package var conv: Conv2D
  /// The edge of the tiles of dy, 2 or 4, of Winograd's algorithm for channel blocks
  /// (``acceptsWinograd``); nil for the definition's products.
  package var winogradTile: Int?

  package init(conv: Conv2D, winogradTile: Int? = nil) {
    self.conv = conv
    self.winogradTile = winogradTile
  }

  package static var name: String { "conv2d_weight_gradient" }

  package func outputTypes(inputs: [TensorType], parameters: [TensorType]) -> [TensorType]? {
    guard inputs.count == 2, parameters.isEmpty, inputs.allSatisfy(\.isBatched),
      inputs[1].shape == conv.outputShape(for: [inputs[0].shape]),
      accepts(inputs.map(\.layout), inputShape: inputs[0].shape)
    else { return nil }
    return [.parameter(conv.weightDimensions(inputs[0].shape.channels))]
  }

  package func multiplications(inputs: [TensorType], outputs: [TensorType]) -> CheckedInteger {
    conv.cost(for: [inputs[0].shape], output: inputs[1].shape).multiplications
  }

  package func lower(_ site: CallSite) -> [KernelCall] {
    let (input, output) = (site.inputTypes[0].shape, site.inputTypes[1].shape)
    if let winogradTile { return lowerWinograd(site, tile: winogradTile) }
    if site.inputTypes[1].layout == .channelBlocks { return lowerBlocks(site) }
    if conv.isFullyConnected(over: input) { return DenseWeightGradient().lower(site) }
    let call = KernelCall(
      .conv2dWeightGradient, [site.output, site.inputs[0], site.inputs[1]],
      [
        "batch": .integer(site.batch),
        "x_stride": .integer(site.inputs[0].imageStride),
        "dy_stride": .integer(site.inputs[1].imageStride),
        "height": .integer(input.height),
        "width": .integer(input.width),
        "out_height": .integer(output.height),
        "out_width": .integer(output.width),
        "groups": .integer(conv.groups),
        "channels": .integer(input.channels / conv.groups),
        "filters": .integer(conv.filters / conv.groups),
      ], conv.window.arguments)
    return [call] + conv.clearUnconnected(site.output, channels: input.channels)
  }

  package func evaluateAll<Scalar: ReferenceScalar>(
    _ inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>]
  ) -> [Tensor<Scalar>] {
    let (x, dy) = (inputs[0], inputs[1])
    var dw = Tensor<Scalar>(zeros: conv.weightDimensions(x.shape.channels))
    for n in 0..<x.batch {
      conv.forEachProduct(over: x.shape) { output, tap, input in
        dw[output.channel, tap.channel, tap.row, tap.column] +=
          x[n, input.channel, input.row, input.column] * dy[n, output.channel, output.row, output.column]
      }
    }
    return [dw]
  }
}
