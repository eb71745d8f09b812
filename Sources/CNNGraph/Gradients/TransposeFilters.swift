import CNNSpec

/// The weights with which a convolution of dy is the gradient of a convolution's input, where that has stride 1: in
/// each group, filters and channels change places, and each kernel is turned by half a turn:
///
///     t[g*D/groups + c, k, fy, fx] = weight[g*K/groups + k, c, Fh-1-fy, Fw-1-fx]
///
/// Parameter: `weight` [K, D/groups, Fh, Fw]. Output: [D, K/groups, Fh, Fw].
package struct TransposeFilters: Operator {
  package var groups: Int

  package init(groups: Int = 1) { self.groups = groups }

  package static var name: String { "transpose_filters" }

  package func outputTypes(inputs: [TensorType], parameters: [TensorType]) -> [TensorType]? {
    guard inputs.isEmpty, parameters.count == 1, parameters[0].layout == .rowMajor,
      parameters[0].dimensions.count == 4, parameters[0].dimensions[0] % groups == 0,
      let channels = (CheckedInteger(parameters[0].dimensions[1]) * groups).value
    else { return nil }
    let weight = parameters[0].dimensions
    return [.parameter([channels, weight[0] / groups, weight[2], weight[3]])]
  }

  package func lower(_ site: CallSite) -> [KernelCall] {
    let weight = site.parameterTypes[0].dimensions
    return [
      KernelCall(
        .transposeFilters, [site.output, site.parameters[0]],
        [
          "groups": .integer(groups), "filters": .integer(weight[0] / groups),
          "channels": .integer(weight[1]), "taps": .integer(weight[2] * weight[3]),
        ])
    ]
  }

  package func evaluateAll<Scalar: ReferenceScalar>(
    _ inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>]
  ) -> [Tensor<Scalar>] {
    let weight = parameters[0]
    let (filters, channels) = (weight.dimensions[0] / groups, weight.dimensions[1])
    let (height, width) = (weight.dimensions[2], weight.dimensions[3])
    var transposed = Tensor<Scalar>(zeros: [groups * channels, filters, height, width])
    for filter in 0..<groups * channels {
      for k in 0..<filters {
        for fy in 0..<height {
          for fx in 0..<width {
            transposed[filter, k, fy, fx] =
              weight[filter / channels * filters + k, filter % channels, height - 1 - fy, width - 1 - fx]
          }
        }
      }
    }
    return [transposed]
  }
}

extension Conv2D {
  /// The convolution of dy, with the weights that ``TransposeFilters`` makes, that is the gradient of this one's input;
  /// nil for strides, whose gradient skips what they skip, and where a table connects some channels only.
  package func transposed(over input: Shape) -> Conv2D? {
    guard window.stride == Size2D(1), connections == nil else { return nil }
    let reach = Size2D(
      height: (window.kernel.height - 1) * window.dilation.height,
      width: (window.kernel.width - 1) * window.dilation.width)
    let padding = window.padding
    let window = Window2D(
      kernel: window.kernel,
      padding: Padding(
        top: reach.height - padding.top, bottom: reach.height - padding.bottom,
        left: reach.width - padding.left, right: reach.width - padding.right),
      dilation: window.dilation)
    return Conv2D(filters: input.channels, window: window, groups: groups, hasBias: false)
  }
}
