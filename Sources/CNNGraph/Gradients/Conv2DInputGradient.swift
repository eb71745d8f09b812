import CNNSpec

/// d loss / d x of a convolution: each element of dy adds its multiple of the kernel to what it was made of.
///
///     dx[c, i*S - P + fy*dilation, j*S - P + fx*dilation] += weight[k, c, fy, fx] * dy[k, i, j]
///
/// Input: dy, K x H2 x W2. Parameter: `weight` [K, D/groups, Fh, Fw]. Output: dx, D x H x W. Or, where
/// ``hasTurnedWeights``, everything in channel blocks, and as parameter the turned weights, packed in panels:
///
///     turned[g*D/groups + c, k, fy, fx] = weight[g*K/groups + k, c, Fh-1-fy, Fw-1-fx], of each group g
package struct Conv2DInputGradient: Operator {
  package var conv: Conv2D
  package var inputShape: Shape
  /// Whether the parameter is the weights of the convolution of dy that this is at stride 1: [D, K/groups, Fh, Fw].
  package var hasTurnedWeights: Bool

  package init(conv: Conv2D, inputShape: Shape, hasTurnedWeights: Bool = false) {
    self.conv = conv
    self.inputShape = inputShape
    self.hasTurnedWeights = hasTurnedWeights
  }

  package static var name: String { "conv2d_input_gradient" }

  package func outputTypes(inputs: [TensorType], parameters: [TensorType]) -> [TensorType]? {
    guard inputs.count == 1, parameters.count == 1, inputs[0].isBatched, !parameters[0].isBatched,
      inputs[0].shape == conv.outputShape(for: [inputShape])
    else { return nil }
    let dimensions = conv.weightDimensions(inputShape.channels)
    guard hasTurnedWeights else {
      let isPlain = inputs[0].layout == .rowMajor && parameters[0] == .parameter(dimensions)
      return isPlain ? [.activation(inputShape)] : nil
    }
    let turned = TensorType.parameter([inputShape.channels, conv.filters / conv.groups] + dimensions[2...])
    guard conv.connections == nil, inputs[0].layout == .channelBlocks,
      parameters[0] == turned.laid(out: .packed(.panels(groups: conv.groups)))
    else { return nil }
    return [.activation(inputShape).laid(out: .channelBlocks)]
  }

  /// Whether the one window is the image, so that dx is a dense layer's.
  package var isDense: Bool { conv.isFullyConnected(over: inputShape) }

  /// How transposed filters are packed for activations in channel blocks; nil where there are only row-major kernels.
  package var packing: WeightPacking? {
    guard !isDense else { return nil }
    return conv.packings(for: inputShape).first { if case .panels = $0 { true } else { false } }
  }

  /// Floats of the weights in the kernel's order.
  private var weightCount: Int { conv.weightDimensions(inputShape.channels).reduce(1, *) }

  /// Floats of a copy of the weights in which those that are not connected are zero.
  private var maskedCount: Int { conv.connections == nil ? 0 : weightCount }

  package func scratchBytes(
    inputs: [TensorType], parameters: [TensorType], outputs: [TensorType], batch: Int
  ) -> Int {
    if hasTurnedWeights || isDense { return 0 }
    return (weightCount + maskedCount) * ElementType.float32.byteCount
  }

  package func multiplications(inputs: [TensorType], outputs: [TensorType]) -> CheckedInteger {
    conv.cost(for: [inputShape], output: inputs[0].shape).multiplications
  }

  package func lower(_ site: CallSite) -> [KernelCall] {
    if hasTurnedWeights { return [gradient(.conv2dInputGradientBlocks, site, weight: site.parameters[0])] }
    if isDense {
      return DenseInputGradient(inputShape: inputShape).lower(site)
    }
    guard let scratch = site.scratch else { preconditionFailure("the weights need room") }
    var weight = site.parameters[0]
    var calls: [KernelCall] = []
    if conv.connections != nil {
      let masked = scratch.advanced(by: weightCount)
      let row = Shape(1, 1, maskedCount)
      let block = ImageBlock(in: row)
      calls.append(.copy(row, batch: 1, from: weight, block, to: masked, block))
      calls += conv.clearUnconnected(masked, channels: inputShape.channels)
      weight = masked
    }
    calls.append(transposition(of: weight, to: scratch))
    return calls + [gradient(.conv2dInputGradient, site, weight: scratch)]
  }

  private func gradient(_ kernel: Kernel, _ site: CallSite, weight: Operand) -> KernelCall {
    KernelCall(
      kernel, [site.output, site.input, weight],
      [
        "batch": .integer(site.batch),
        "dx_stride": .integer(site.output.imageStride),
        "dy_stride": .integer(site.input.imageStride),
        "height": .integer(inputShape.height),
        "width": .integer(inputShape.width),
        "out_height": .integer(site.inputShape.height),
        "out_width": .integer(site.inputShape.width),
        "groups": .integer(conv.groups),
        "channels": .integer(inputShape.channels / conv.groups),
        "filters": .integer(conv.filters / conv.groups),
      ], conv.window.arguments)
  }

  /// The call that brings weights into the order in which the gradient's kernel takes them.
  private func transposition(of weight: Operand, to target: Operand) -> KernelCall {
    KernelCall(
      .conv2dTransposeWeights, [target, weight],
      [
        "height": .integer(inputShape.height),
        "width": .integer(inputShape.width),
        "groups": .integer(conv.groups),
        "channels": .integer(inputShape.channels / conv.groups),
        "filters": .integer(conv.filters / conv.groups),
      ], conv.window.arguments)
  }

  package func evaluateAll<Scalar: ReferenceScalar>(
    _ inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>]
  ) -> [Tensor<Scalar>] {
    let (dy, shape, kernel) = (inputs[0], inputShape, conv.window.kernel)
    let (filters, channels) = (conv.filters / conv.groups, shape.channels / conv.groups)
    func weight(_ filter: Int, _ tap: Conv2D.Place) -> Scalar {
      guard hasTurnedWeights else { return parameters[0][filter, tap.channel, tap.row, tap.column] }
      let channel = filter / filters * channels + tap.channel
      return parameters[0][
        channel, filter % filters, kernel.height - 1 - tap.row, kernel.width - 1 - tap.column]
    }
    var dx = Tensor<Scalar>(zeros: [dy.batch, shape.channels, shape.height, shape.width])
    for n in 0..<dy.batch {
      conv.forEachProduct(over: shape) { output, tap, input in
        dx[n, input.channel, input.row, input.column] +=
          weight(output.channel, tap)
          * dy[n, output.channel, output.row, output.column]
      }
    }
    return [dx]
  }
}

extension Conv2D: Differentiable {
  package func addGradients(of node: Node, from gradient: ValueID, to builder: inout GradientBuilder) {
    precondition(epilogue == .none, "differentiated before anything is fused")
    let (x, weight) = (node.inputs[0], node.parameters[0])
    builder.add(
      .conv2dInput(Conv2DInputGradient(conv: self, inputShape: builder.graph[x].type.shape)),
      inputs: [gradient], parameters: [weight], gradientOf: x, in: node)
    builder.add(
      .conv2dWeight(Conv2DWeightGradient(conv: self)), inputs: [x, gradient], gradientOf: weight, in: node)
    builder.addBiasGradient(of: node, from: gradient)
  }
}

extension Conv2D {
  /// An element's place in an image, or a weight's in a filter.
  typealias Place = (channel: Int, row: Int, column: Int)

  /// Calls `body` for each product that the convolution of an image sums: where the sum goes, which of that
  /// filter's weights it is, and what it is multiplied with.
  func forEachProduct(over shape: Shape, _ body: (_ output: Place, _ tap: Place, _ input: Place) -> Void) {
    guard let output = outputShape(for: [shape]) else { preconditionFailure("no such window") }
    let (depth, share) = (shape.channels / groups, filters / groups)
    for k in 0..<filters {
      for i in 0..<output.height {
        for j in 0..<output.width {
          for c in connections?[k] ?? Array(0..<depth) {
            window.forEachTap(ofOutput: i, j, over: shape.size) { fy, fx, row, column in
              body((k, i, j), (c, fy, fx), (k / share * depth + c, row, column))
            }
          }
        }
      }
    }
  }

  /// Whether the one window is the image, so that the convolution is a dense layer.
  func isFullyConnected(over shape: Shape) -> Bool {
    groups == 1 && connections == nil && window.padding == .none && window.kernel == shape.size
      && window.dilation == Size2D(1)
  }

  /// Calls that put zeros where a tensor of the weight's dimensions belongs to no connection.
  func clearUnconnected(_ weight: Operand, channels: Int) -> [KernelCall] {
    guard let connections else { return [] }
    let area = window.kernel.height * window.kernel.width
    return connections.enumerated().flatMap { filter, list in
      Self.runs(Set(0..<channels).subtracting(list).sorted()).filter { !$0.isEmpty }.map { run in
        let first = weight.advanced(by: (filter * channels + run.lowerBound) * area)
        return KernelCall(
          .fill, [first],
          [
            "batch": .integer(1), "count": .integer(run.count * area), "y_stride": .integer(0),
            "value": .real(0),
          ])
      }
    }
  }
}

extension Operand {
  /// The elements from `count` on of a tensor that exists once in the session's memory.
  func advanced(by count: Int) -> Operand {
    switch location {
    case .arena(let offset):
      Operand(.arena(offset: offset + count * ElementType.float32.byteCount), imageStride: imageStride)
    case .constant(let offset):
      Operand(.constant(offset: offset + count * ElementType.float32.byteCount), imageStride: imageStride)
    case .parameter: preconditionFailure("nothing writes into the weights file")
    }
  }
}
