/// Sums over the batch and the plane, one a channel: what the gradient of a parameter [C] is.
///
///     s_c = sum over n, i, j of dy(n, c, i, j) * f(n, c, i, j)
///
/// Inputs: dy and, unless f is one, x of the same shape. Output: [C].
package struct ChannelReduction: Operator {
  package enum Factor: Hashable, Sendable {
    /// f = 1
    case one
    /// f = x
    case input
    /// f = min(x, 0), what PReLU's slope is multiplied by
    case negativeInput
  }

  package var factor: Factor

  package init(_ factor: Factor) { self.factor = factor }

  package static var name: String { "channel_reduction" }

  package func outputTypes(inputs: [TensorType], parameters: [TensorType]) -> [TensorType]? {
    guard inputs.count == (factor == .one ? 1 : 2), parameters.isEmpty, inputs[0].isBatched,
      inputs.allSatisfy({ $0 == inputs[0] })
    else { return nil }
    return [.parameter([inputs[0].shape.channels])]
  }

  package func scratchBytes(
    inputs: [TensorType], parameters: [TensorType], outputs: [TensorType], batch: Int
  ) -> Int {
    guard inputs[0].layout == .channelBlocks else { return 0 }
    return ChannelSums(inputs[0], batch: batch).floatCount * ElementType.float32.byteCount
  }

  package func lower(_ site: CallSite) -> [KernelCall] {
    if site.inputTypes[0].layout == .channelBlocks { return blockedCalls(site) }
    let code =
      switch factor {
      case .one: 0
      case .input: 1
      case .negativeInput: 2
      }
    let x = factor == .one ? nil : site.inputs[1]
    return [
      KernelCall(
        .channelReduction, [site.output, site.input, x],
        [
          "batch": .integer(site.batch), "channels": .integer(site.inputShape.channels),
          "area": .integer(site.inputShape.area), "dy_stride": .integer(site.input.imageStride),
          "x_stride": .integer(x?.imageStride ?? 0), "factor": .integer(code),
        ])
    ]
  }

  private func blockedCalls(_ site: CallSite) -> [KernelCall] {
    guard let scratch = site.scratch else { preconditionFailure("the parts' sums need room") }
    let sums = ChannelSums(site.inputTypes[0], batch: site.batch)
    let second: ChannelSums.Second =
      switch factor {
      case .one: .nothing
      case .input: .product
      case .negativeInput: .negativeProduct
      }
    return [
      sums.call(second, of: site.inputs[0], factor == .one ? nil : site.inputs[1], into: scratch),
      KernelCall(
        .channelReductionBlocks, [site.output, scratch],
        [
          "channels": .integer(site.inputShape.channels), "parts": .integer(sums.parts),
          "second": .integer(factor == .one ? 0 : 1),
        ]),
    ]
  }

  package func evaluateAll<Scalar: ReferenceScalar>(
    _ inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>]
  ) -> [Tensor<Scalar>] {
    let dy = inputs[0]
    var sums = Tensor<Scalar>(zeros: [dy.shape.channels])
    for (index, element) in dy.elements.enumerated() {
      let c = index / dy.shape.area % dy.shape.channels
      switch factor {
      case .one: sums.elements[c] += element
      case .input: sums.elements[c] += element * inputs[1].elements[index]
      case .negativeInput:
        let x = inputs[1].elements[index]
        sums.elements[c] += x > 0 ? 0 : element * x
      }
    }
    return [sums]
  }
}

extension GradientBuilder {
  /// The gradient of a bias that is added to a node's channels, its parameter behind the weight, if it has one.
  mutating func addBiasGradient(of node: Node, from gradient: ValueID) {
    guard node.parameters.count > 1 else { return }
    add(
      .channelReduction(ChannelReduction(.one)), inputs: [gradient], gradientOf: node.parameters[1], in: node)
  }
}
