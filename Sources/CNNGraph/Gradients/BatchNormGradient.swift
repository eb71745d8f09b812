/// The gradients of ``BatchNormTraining``, through the batch's statistics too. With xn = (x - mean_c) r_c, of
/// each channel's m elements:
///
///     dweight_c = sum of dy xn,   dbias_c = sum of dy
///     dx = weight_c r_c (dy - dbias_c / m - xn dweight_c / m)
///
/// With ``isRectified``, in channel blocks only, dy is that of a ReLU behind the batch norm: it counts where
/// xn weight_c + bias_c > 0, elsewhere it is taken for 0.
///
/// Inputs: dy and x, of one shape; parameters: weight, mean and r (the inverse deviation), each [C], and with
/// ``isRectified`` bias [C].
/// Outputs: dx of that shape, dweight [C], dbias [C].
package struct BatchNormGradient: Operator {
  package static var name: String { "batch_norm_gradient" }

  /// Whether dy is the gradient behind a ReLU.
  package var isRectified: Bool

  package init(isRectified: Bool = false) { self.isRectified = isRectified }

  package func outputTypes(inputs: [TensorType], parameters: [TensorType]) -> [TensorType]? {
    guard inputs.count == 2, inputs[0].isBatched, inputs[0] == inputs[1],
      parameters.count == (isRectified ? 4 : 3), !isRectified || inputs[0].layout == .channelBlocks
    else { return nil }
    let channels = TensorType.parameter([inputs[0].shape.channels])
    guard parameters.allSatisfy({ $0 == channels }) else { return nil }
    return [inputs[0], channels, channels]
  }

  /// dx is written by the last call, element for element; the others only read.
  package var inPlaceInputs: [Int] { [0, 1] }

  /// Four coefficients a channel, with which dx is linear in dy and x. In channel blocks room for five, and the sums
  /// that they are made of.
  package func scratchBytes(
    inputs: [TensorType], parameters: [TensorType], outputs: [TensorType], batch: Int
  ) -> Int {
    let channels = inputs[0].shape.channels
    let floats =
      inputs[0].layout == .channelBlocks
      ? Self.blockedCoefficients(channels) + ChannelSums(inputs[0], batch: batch).floatCount : 4 * channels
    return floats * ElementType.float32.byteCount
  }

  private static func blockedCoefficients(_ channels: Int) -> Int { 5 * Layout.blocked(channels) }

  package func lower(_ site: CallSite) -> [KernelCall] {
    if site.isInBlocks { return blockedCalls(site) }
    let (dx, dweight, dbias) = (site.outputs[0], site.outputs[1], site.outputs[2])
    let (dy, x) = (site.inputs[0], site.inputs[1])
    let (weight, mean, inverseDeviation) = (site.parameters[0], site.parameters[1], site.parameters[2])
    let batch = KernelArgument.integer(site.batch)
    let channels = KernelArgument.integer(site.inputShape.channels)
    let area = KernelArgument.integer(site.inputShape.area)
    return [
      KernelCall(
        .batchNormSums, [dweight, dbias, dy, x, mean, inverseDeviation],
        [
          "batch": batch, "channels": channels, "area": area, "dy_stride": .integer(dy.imageStride),
          "x_stride": .integer(x.imageStride),
        ]),
      KernelCall(
        .batchNormCoefficients, [site.scratch, weight, mean, inverseDeviation, dweight, dbias],
        ["batch": batch, "channels": channels, "area": area]),
      KernelCall(
        .batchNormGradient, [dx, dy, x, site.scratch],
        [
          "batch": batch, "channels": channels, "area": area, "dx_stride": .integer(dx.imageStride),
          "dy_stride": .integer(dy.imageStride), "x_stride": .integer(x.imageStride),
        ]),
    ]
  }

  private func blockedCalls(_ site: CallSite) -> [KernelCall] {
    guard let scratch = site.scratch else { preconditionFailure("the coefficients need room") }
    let (dx, dy, x) = (site.outputs[0], site.inputs[0], site.inputs[1])
    let (weight, mean, inverseDeviation) = (site.parameters[0], site.parameters[1], site.parameters[2])
    let offset = Self.blockedCoefficients(site.inputShape.channels)
    let sums = ChannelSums(site.inputTypes[0], batch: site.batch)
    let sizes: KernelArguments = [
      "batch": .integer(site.batch), "channels": .integer(site.inputShape.channels),
      "area": .integer(site.inputShape.area),
    ]
    let pass = KernelCall(
      .batchNormPassBlocks, [scratch, weight, site.parameters.last, mean, inverseDeviation],
      ["channels": .integer(site.inputShape.channels)])
    return (isRectified ? [pass] : []) + [
      sums.call(
        isRectified ? .passedProduct : .product, of: dy, x, pass: isRectified ? scratch : nil,
        into: scratch.advanced(by: offset)),
      KernelCall(
        .batchNormCoefficientsBlocks,
        [site.outputs[1], site.outputs[2], scratch, weight, mean, inverseDeviation], sizes,
        ["parts": .integer(sums.parts), "sums_offset": .integer(offset)]),
      KernelCall(
        .batchNormGradientBlocks, [dx, dy, x, scratch], sizes,
        [
          "dx_stride": .integer(dx.imageStride), "dy_stride": .integer(dy.imageStride),
          "x_stride": .integer(x.imageStride),
          "function": .integer(isRectified ? Activation.relu.code.function : 0),
        ]),
    ]
  }

  package func evaluateAll<Scalar: ReferenceScalar>(
    _ inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>]
  ) -> [Tensor<Scalar>] {
    let (x, weight) = (inputs[1], parameters[0].elements)
    let (mean, inverseDeviation) = (parameters[1].elements, parameters[2].elements)
    let normalized = Tensor(batch: x.batch, x.shape) { n, c, row, column in
      (x[n, c, row, column] - mean[c]) * inverseDeviation[c]
    }
    var dy = inputs[0]
    if isRectified {
      normalized.forEachElement { n, c, row, column in
        let passes = normalized[n, c, row, column] * weight[c] + parameters[3].elements[c] > 0
        if !passes { dy[n, c, row, column] = 0 }
      }
    }
    let dweight = ChannelReduction(.input).evaluateAll([dy, normalized], parameters: [])[0]
    let dbias = ChannelReduction(.one).evaluateAll([dy], parameters: [])[0]
    let count = Scalar(x.batch * x.shape.area)
    let dx = Tensor(batch: x.batch, x.shape) { n, c, row, column in
      let throughStatistics = dbias.elements[c] + normalized[n, c, row, column] * dweight.elements[c]
      return weight[c] * inverseDeviation[c] * (dy[n, c, row, column] - throughStatistics / count)
    }
    return [dx, dweight, dbias]
  }
}
