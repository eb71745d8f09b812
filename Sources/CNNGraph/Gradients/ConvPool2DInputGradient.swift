import CNNSpec

/// d loss / d x of a ``ConvPool2DTraining``: each maximum's gradient adds its multiple of the filter to what the
/// maximum was made of.
///
/// Inputs: dy, K x H2/2 x W2/2, the gradient of the maxima before the function, and their places. Parameter: `weight`
/// [K, D, Fh, Fw]. Output: dx, D x H x W.
package struct ConvPool2DInputGradient: Operator {
  package var both: ConvPool2D
  package var inputShape: Shape

  package init(both: ConvPool2D, inputShape: Shape) {
    self.both = both
    self.inputShape = inputShape
  }

  package static var name: String { "conv_pool2d_input_gradient" }

  package func outputTypes(inputs: [TensorType], parameters: [TensorType]) -> [TensorType]? {
    guard let output = both.outputShape(for: [inputShape]),
      inputs == [.activation(output), .activation(output)],
      parameters == [.parameter(both.conv.weightDimensions(inputShape.channels))]
    else { return nil }
    return [.activation(inputShape)]
  }

  package func multiplications(inputs: [TensorType], outputs: [TensorType]) -> CheckedInteger {
    both.gradientMultiplications(inputShape, inputs[0].shape)
  }

  package func lower(_ site: CallSite) -> [KernelCall] {
    [
      KernelCall(
        .conv2dPoolInputGradient, [site.output, site.inputs[0], site.inputs[1], site.parameters[0]],
        both.gradientArguments(
          site.batch, inputShape, site.output, maxima: site.inputShape, site.inputs[0], site.inputs[1]))
    ]
  }

  package func evaluateAll<Scalar: ReferenceScalar>(
    _ inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>]
  ) -> [Tensor<Scalar>] {
    let between = both.spread(inputs[0], at: inputs[1], over: inputShape)
    return Conv2DInputGradient(conv: both.conv, inputShape: inputShape)
      .evaluateAll([between], parameters: parameters)
  }
}

extension ConvPool2D {
  /// The products of one image's maxima, a quarter of the convolution's.
  func gradientMultiplications(_ input: Shape, _ output: Shape) -> CheckedInteger {
    let kernel = conv.window.kernel
    return CheckedInteger.product([output.count, input.channels, kernel.height, kernel.width])
  }

  /// What both gradients' kernels are told.
  func gradientArguments(
    _ batch: Int, _ input: Shape, _ x: Operand, maxima: Shape, _ dy: Operand, _ places: Operand
  ) -> KernelArguments {
    [
      "batch": .integer(batch), "x_stride": .integer(x.imageStride), "dy_stride": .integer(dy.imageStride),
      "places_stride": .integer(places.imageStride), "height": .integer(input.height),
      "width": .integer(input.width), "out_height": .integer(maxima.height),
      "out_width": .integer(maxima.width), "channels": .integer(input.channels),
      "filters": .integer(conv.filters), "kernel_height": .integer(conv.window.kernel.height),
      "kernel_width": .integer(conv.window.kernel.width), "pad_top": .integer(conv.window.padding.top),
      "pad_left": .integer(conv.window.padding.left),
    ]
  }

  /// The gradient of the convolution of an image of `input`'s shape: that of its maxima, zero elsewhere.
  func spread<Scalar: ReferenceScalar>(
    _ dy: Tensor<Scalar>, at places: Tensor<Scalar>, over input: Shape
  ) -> Tensor<Scalar> {
    guard let shape = conv.outputShape(for: [input]) else { preconditionFailure("no such window") }
    var between = Tensor<Scalar>(zeros: [dy.batch, shape.channels, shape.height, shape.width])
    dy.forEachElement { n, k, i, j in
      let place = places[n, k, i, j]
      between[n, k, 2 * i + (place < 2 ? 0 : 1), 2 * j + (place == 0 || place == 2 ? 0 : 1)] = dy[n, k, i, j]
    }
    return between
  }
}
