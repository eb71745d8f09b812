/// d loss / d weight of a ``ConvPool2DTraining``, summed over the batch: of each filter, each maximum's gradient times
/// what the maximum was made of.
///
/// Inputs: x, D x H x W; dy, K x H2/2 x W2/2, the gradient of the maxima before the function, and their places.
/// Output: [K, D, Fh, Fw], once for the batch.
package struct ConvPool2DWeightGradient: Operator {
  package var both: ConvPool2D

  package init(both: ConvPool2D) { self.both = both }

  package static var name: String { "conv_pool2d_weight_gradient" }

  package func outputTypes(inputs: [TensorType], parameters: [TensorType]) -> [TensorType]? {
    guard inputs.count == 3, parameters.isEmpty, inputs.allSatisfy(\.isBatched),
      inputs.allSatisfy({ $0.layout == .rowMajor }),
      let output = both.outputShape(for: [inputs[0].shape]),
      inputs.dropFirst().allSatisfy({ $0.shape == output })
    else { return nil }
    return [.parameter(both.conv.weightDimensions(inputs[0].shape.channels))]
  }

  package func multiplications(inputs: [TensorType], outputs: [TensorType]) -> CheckedInteger {
    both.gradientMultiplications(inputs[0].shape, inputs[1].shape)
  }

  package func lower(_ site: CallSite) -> [KernelCall] {
    [
      KernelCall(
        .conv2dPoolWeightGradient, [site.output] + site.inputs,
        both.gradientArguments(
          site.batch, site.inputShape, site.inputs[0], maxima: site.inputTypes[1].shape, site.inputs[1],
          site.inputs[2]))
    ]
  }

  package func evaluateAll<Scalar: ReferenceScalar>(
    _ inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>]
  ) -> [Tensor<Scalar>] {
    let between = both.spread(inputs[1], at: inputs[2], over: inputs[0].shape)
    return Conv2DWeightGradient(conv: both.conv).evaluateAll([inputs[0], between], parameters: [])
  }
}
