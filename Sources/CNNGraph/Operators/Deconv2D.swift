import CNNSpec

/// A transposed convolution (the gradient of a convolution with respect to its input), in groups:
/// each input element adds its multiple of the kernel to the output.
///
///     y[k, i*S + fy - P, j*S + fx - P] += weight[c, k, fy, fx] * x[c, i, j]
///
/// D x H x W to K x H2 x W2, H2 = S(H - 1) + F - P + output padding.
/// Parameters: `weight` [D, K/groups, Fh, Fw], `bias` [K], as in PyTorch's ConvTranspose2d.
package struct Deconv2D: LayerOperator {
  package var filters: Int
  package var kernel: Size2D
  package var stride: Size2D
  /// What is cut off the output's sides.
  package var padding: Padding
  /// Rows and columns that the output gets at the bottom and the right.
  package var outputPadding: Size2D
  package var groups: Int
  package var hasBias: Bool
  package var epilogue: Epilogue

  package init(
    filters: Int, kernel: Size2D, stride: Size2D = Size2D(1), padding: Padding = .none,
    outputPadding: Size2D = Size2D(0), groups: Int = 1, hasBias: Bool = true, epilogue: Epilogue = .none
  ) {
    self.filters = filters
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
    self.outputPadding = outputPadding
    self.groups = groups
    self.hasBias = hasBias
    self.epilogue = epilogue
  }

  package static var name: String { "deconv2d" }

  package func outputShape(for inputs: [Shape]) -> Shape? {
    func side(_ length: Int, _ kernel: Int, _ stride: Int, _ padding: Int, _ extra: Int) -> Int? {
      guard kernel > 0, stride > 0, extra >= 0 else { return nil }
      return (CheckedInteger(length - 1) * stride + kernel - padding + extra).value
    }
    guard inputs.count == epilogue.inputCount(besides: 1), groups > 0,
      inputs[0].channels % groups == 0, filters % groups == 0,
      let output = Shape.checked(
        filters,
        side(inputs[0].height, kernel.height, stride.height, padding.vertical, outputPadding.height),
        side(inputs[0].width, kernel.width, stride.width, padding.horizontal, outputPadding.width)),
      CheckedInteger.product(weightDimensions(inputs[0].channels)).value != nil
    else { return nil }
    return epilogue.addsResidual && inputs[1] != output ? nil : output
  }

  private func weightDimensions(_ channels: Int) -> [Int] {
    [channels, filters / groups, kernel.height, kernel.width]
  }

  package func parameters(for inputs: [Shape]) -> [ParameterSpec] {
    let weight = ParameterSpec("weight", weightDimensions(inputs[0].channels), .weight)
    return hasBias ? [weight, ParameterSpec("bias", [filters], .bias)] : [weight]
  }

  /// F*F*K/groups*D*H*W multiplications: each input element times each weight it meets.
  package func cost(for inputs: [Shape], output: Shape) -> Cost {
    let products =
      CheckedInteger.product([kernel.height, kernel.width, filters / groups]) * inputs[0].checkedCount
    return Cost(
      multiplications: products, otherOperations: epilogue.operations(on: output),
      connections: hasBias ? products + output.checkedCount : products)
  }

  package var inPlaceInputs: [Int] { epilogue.inPlaceInputs(residual: 1) }

  package func lower(_ site: CallSite) -> [KernelCall] {
    let (input, output, residual) = (site.inputShape, site.outputShape, epilogue.residual(site))
    return [
      KernelCall(
        .deconv2d,
        [site.output, site.input, site.parameters[0], hasBias ? site.parameters[1] : nil, residual],
        [
          "batch": .integer(site.batch),
          "y_stride": .integer(site.output.imageStride),
          "x_stride": .integer(site.input.imageStride),
          "r_stride": .integer(residual?.imageStride ?? 0),
          "height": .integer(input.height),
          "width": .integer(input.width),
          "out_height": .integer(output.height),
          "out_width": .integer(output.width),
          "groups": .integer(groups),
          "channels": .integer(input.channels / groups),
          "filters": .integer(filters / groups),
          "kernel_height": .integer(kernel.height),
          "kernel_width": .integer(kernel.width),
          "stride_height": .integer(stride.height),
          "stride_width": .integer(stride.width),
          "pad_top": .integer(padding.top),
          "pad_left": .integer(padding.left),
          "function": .integer(epilogue.code.function),
          "alpha": .real(epilogue.code.alpha),
        ])
    ]
  }

  package func evaluate<Scalar: ReferenceScalar>(
    _ inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>]
  ) -> Tensor<Scalar> {
    let (x, weight) = (inputs[0], parameters[0])
    guard let shape = outputShape(for: inputs.map(\.shape)) else { preconditionFailure("no such shape") }
    let (depth, share) = (x.shape.channels / groups, filters / groups)
    var output = Tensor<Scalar>(batch: x.batch, shape) { _, k, _, _ in
      hasBias ? parameters[1].elements[k] : 0
    }
    for n in 0..<x.batch {
      for k in 0..<filters {
        for c in 0..<depth {
          let channel = k / share * depth + c
          for i in 0..<x.shape.height * kernel.height {
            let (iy, fy) = i.quotientAndRemainder(dividingBy: kernel.height)
            let row = iy * stride.height + fy - padding.top
            guard 0..<shape.height ~= row else { continue }
            for j in 0..<x.shape.width * kernel.width {
              let (ix, fx) = j.quotientAndRemainder(dividingBy: kernel.width)
              let column = ix * stride.width + fx - padding.left
              guard 0..<shape.width ~= column else { continue }
              output[n, k, row, column] += weight[channel, k % share, fy, fx] * x[n, channel, iy, ix]
            }
          }
        }
      }
    }
    return epilogue.apply(to: output, residual: inputs.last)
  }
}
