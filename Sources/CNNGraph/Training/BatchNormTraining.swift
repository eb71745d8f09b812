/// Batch normalization with the batch's own statistics. Of each channel, over all images and pixels, m
/// elements:
///
///     mean = sum of x / m,   variance = sum of (x - mean)^2 / m,   r = 1 / sqrt(variance + epsilon)
///     y = (x - mean) r weight + bias
///
/// Input: x; parameters: weight and bias [C]. Outputs: y of x's shape; mean [C] and r [C], which the gradient
/// reads; the unbiased variance, m/(m-1) variance [C], for ``RunningStatistics`` (0 of a single element).
///
/// With ``isRectified``, in channel blocks only, y is max(0, y).
///
/// Ioffe, Szegedy, Batch normalization, arXiv:1502.03167.
package struct BatchNormTraining: Operator {
  package var epsilon: Double
  /// Whether ReLU follows.
  package var isRectified: Bool

  package init(epsilon: Double = 1e-5, isRectified: Bool = false) {
    self.epsilon = epsilon
    self.isRectified = isRectified
  }

  package static var name: String { "batch_norm_training" }

  package func outputTypes(inputs: [TensorType], parameters: [TensorType]) -> [TensorType]? {
    guard inputs.count == 1, inputs[0].isBatched, parameters.count == 2,
      !isRectified || inputs[0].layout == .channelBlocks
    else { return nil }
    let channels = TensorType.parameter([inputs[0].shape.channels])
    guard parameters.allSatisfy({ $0 == channels }) else { return nil }
    return [inputs[0], channels, channels, channels]
  }

  /// y is written by the second call, element for element; the first only reads.
  package var inPlaceInputs: [Int] { [0] }

  /// In channel blocks, the sums that the statistics are made of.
  package func scratchBytes(
    inputs: [TensorType], parameters: [TensorType], outputs: [TensorType], batch: Int
  ) -> Int {
    guard inputs[0].layout == .channelBlocks else { return 0 }
    return ChannelSums(inputs[0], batch: batch).floatCount * ElementType.float32.byteCount
  }

  package func lower(_ site: CallSite) -> [KernelCall] {
    if site.isInBlocks { return blockedCalls(site) }
    let (shape, x) = (site.inputShape, site.input)
    let (y, mean, inverseDeviation, variance) = (
      site.outputs[0], site.outputs[1], site.outputs[2], site.outputs[3]
    )
    return [
      KernelCall(
        .batchNormStatistics, [mean, inverseDeviation, variance, x],
        [
          "batch": .integer(site.batch), "channels": .integer(shape.channels), "area": .integer(shape.area),
          "x_stride": .integer(x.imageStride), "epsilon": .real(epsilon),
        ]),
      KernelCall(
        .batchNormApply, [y, x, site.parameters[0], site.parameters[1], mean, inverseDeviation],
        [
          "batch": .integer(site.batch), "channels": .integer(shape.channels), "area": .integer(shape.area),
          "y_stride": .integer(y.imageStride), "x_stride": .integer(x.imageStride),
        ]),
    ]
  }

  private func blockedCalls(_ site: CallSite) -> [KernelCall] {
    guard let scratch = site.scratch else { preconditionFailure("the statistics' sums need room") }
    let (shape, x, y) = (site.inputShape, site.input, site.output)
    let sums = ChannelSums(site.inputTypes[0], batch: site.batch)
    return [
      sums.call(.square, of: x, into: scratch),
      KernelCall(
        .batchNormStatisticsBlocks, [site.outputs[1], site.outputs[2], site.outputs[3], scratch],
        [
          "batch": .integer(site.batch), "channels": .integer(shape.channels), "area": .integer(shape.area),
          "parts": .integer(sums.parts), "epsilon": .real(epsilon),
        ]),
      KernelCall(
        .batchNormApplyBlocks,
        [y, x, site.parameters[0], site.parameters[1], site.outputs[1], site.outputs[2]],
        [
          "batch": .integer(site.batch), "channels": .integer(shape.channels), "area": .integer(shape.area),
          "y_stride": .integer(y.imageStride), "x_stride": .integer(x.imageStride),
          "function": .integer(isRectified ? Activation.relu.code.function : 0),
        ]),
    ]
  }

  package func evaluateAll<Scalar: ReferenceScalar>(
    _ inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>]
  ) -> [Tensor<Scalar>] {
    let x = inputs[0]
    let (weight, bias) = (parameters[0].elements, parameters[1].elements)
    let count = Scalar(x.batch * x.shape.area)
    var mean = Tensor<Scalar>(zeros: [x.shape.channels])
    var squares = mean
    for (index, element) in x.elements.enumerated() {
      mean.elements[index / x.shape.area % x.shape.channels] += element / count
    }
    for (index, element) in x.elements.enumerated() {
      let c = index / x.shape.area % x.shape.channels
      squares.elements[c] += (element - mean.elements[c]) * (element - mean.elements[c])
    }
    let inverseDeviation = squares.mapElements { 1 / ($0 / count + Scalar(epsilon)).squareRoot() }
    let y = Tensor(batch: x.batch, x.shape) { n, c, row, column in
      let y = (x[n, c, row, column] - mean.elements[c]) * inverseDeviation.elements[c] * weight[c] + bias[c]
      return isRectified ? Activation.relu.apply(y) : y
    }
    return [y, mean, inverseDeviation, squares.mapElements { $0 / max(count - 1, 1) }]
  }
}

extension BatchNormTraining: Differentiable {
  package func addGradients(of node: Node, from gradient: ValueID, to builder: inout GradientBuilder) {
    precondition(!isRectified, "differentiated before anything is fused")
    let operands = [node.inputs[0]] + node.parameters
    let parts = builder.add(
      .gradient(.batchNorm(BatchNormGradient())), inputs: [gradient, node.inputs[0]],
      parameters: [node.parameters[0], node.outputs[1], node.outputs[2]],
      named: operands.map { builder.name(of: $0) }, for: node)
    for (part, operand) in zip(parts, operands) where builder.wants(operand) {
      builder.accumulate(part, for: operand, in: node)
    }
  }
}
