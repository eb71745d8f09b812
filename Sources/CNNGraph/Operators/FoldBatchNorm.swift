/// A tensor of the layer in front of a batch norm, so changed that the layer computes both:
///
///     scale_c = gamma_c / sqrt(variance_c + epsilon)
///     weight' = weight * scale_c
///     bias'   = (bias - mean_c) * scale_c + beta_c
///
/// Has no inputs, so it runs once, when weights are bound. Its parameters are the tensor that is changed, if
/// there is one (``Result/weight(channelAxis:groups:)``, ``Result/bias(hasBias:)`` with a bias), then the batch norm's four in
/// ``BatchNorm``'s order: weight (gamma), bias (beta), running_mean, running_var. Output: a parameter of the
/// changed tensor's dimensions, or [C].
package struct FoldBatchNorm: Operator {
  package enum Result: Hashable, Sendable {
    /// The weight whose output channels lie along an axis: 0 for Conv2D's [K, D/groups, F, F] and Dense's
    /// [K, D], where `groups` does not matter; 1 for Deconv2D's [D, K/groups, F, F], where input channel d
    /// belongs to group d / (D/groups) and that group's outputs begin at its multiple of K/groups.
    case weight(channelAxis: Int, groups: Int)
    /// The bias; of a layer without one, as if it were zero.
    case bias(hasBias: Bool)
    /// The factor of a batch norm that stands alone, as ``ChannelAffine``'s weight.
    case scale
    /// The summand of a batch norm that stands alone, as ``ChannelAffine``'s bias.
    case shift
  }

  package var result: Result
  package var epsilon: Double

  package static var name: String { "fold_batch_norm" }

  package init(_ result: Result, epsilon: Double) {
    self.result = result
    self.epsilon = epsilon
  }

  /// Whether the first parameter is the tensor to change.
  package var changesTensor: Bool {
    switch result {
    case .weight, .bias(hasBias: true): true
    case .bias(hasBias: false), .scale, .shift: false
    }
  }

  /// Whether mean and beta take part.
  private var isShift: Bool {
    switch result {
    case .weight, .scale: false
    case .bias, .shift: true
    }
  }

  package func outputTypes(inputs: [TensorType], parameters: [TensorType]) -> [TensorType]? {
    guard inputs.isEmpty, parameters.count == (changesTensor ? 5 : 4) else { return nil }
    guard !parameters.contains(where: \.isBatched) else { return nil }
    let statistics = parameters.suffix(4).map(\.dimensions)
    guard statistics[0].count == 1, statistics.allSatisfy({ $0 == statistics[0] }) else { return nil }
    let dimensions = changesTensor ? parameters[0].dimensions : statistics[0]
    guard walk(dimensions).map({ [$0.groups * $0.channels] }) == statistics[0] else { return nil }
    return [.parameter(dimensions)]
  }

  /// A tensor as [rows, channels, inner] elements, the rows being dealt to groups in equal runs:
  /// element (r, k, i) belongs to output channel r / (rows/groups) * channels + k.
  private struct Walk {
    var rows = 1
    var groups = 1
    var channels: Int
    var inner = 1
  }

  /// How to go through a tensor of these dimensions, or nil if it is not of this result's kind.
  private func walk(_ dimensions: [Int]) -> Walk? {
    guard case .weight(let axis, let groups) = result else {
      return dimensions.count == 1 ? Walk(channels: dimensions[0]) : nil
    }
    let inner = dimensions.dropFirst(axis + 1).reduce(1, *)
    switch axis {
    case 0 where !dimensions.isEmpty:
      return Walk(channels: dimensions[0], inner: inner)
    case 1 where dimensions.count > 1 && groups > 0 && dimensions[0] % groups == 0:
      return Walk(rows: dimensions[0], groups: groups, channels: dimensions[1], inner: inner)
    default:
      return nil
    }
  }

  package func lower(_ site: CallSite) -> [KernelCall] {
    guard let walk = walk(site.outputTypes[0].dimensions) else { preconditionFailure("verified") }
    let tensor: Operand? = changesTensor ? site.parameters[0] : nil
    return [
      KernelCall(
        .foldBatchNorm, [site.output, tensor] + site.parameters.suffix(4),
        [
          "rows": .integer(walk.rows),
          "groups": .integer(walk.groups),
          "channels": .integer(walk.channels),
          "inner": .integer(walk.inner),
          "shift": .integer(isShift ? 1 : 0),
          "epsilon": .real(epsilon),
        ])
    ]
  }

  package func evaluateAll<Scalar: ReferenceScalar>(
    _ inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>]
  ) -> [Tensor<Scalar>] {
    let statistics = parameters.suffix(4).map(\.elements)
    let dimensions = changesTensor ? parameters[0].dimensions : [statistics[0].count]
    guard let walk = walk(dimensions) else { preconditionFailure("verified") }
    // Without a tensor, the scale is what a weight of one becomes and the shift what a bias of zero does.
    var output = Tensor<Scalar>(zeros: dimensions)
    for index in output.elements.indices {
      let (row, channel) = (index / walk.inner / walk.channels, index / walk.inner % walk.channels)
      let c = row / (walk.rows / walk.groups) * walk.channels + channel
      let old = changesTensor ? parameters[0].elements[index] : (isShift ? 0 : 1)
      let scale = statistics[0][c] / (statistics[3][c] + Scalar(epsilon)).squareRoot()
      output.elements[index] = isShift ? (old - statistics[2][c]) * scale + statistics[1][c] : old * scale
    }
    return [output]
  }
}
