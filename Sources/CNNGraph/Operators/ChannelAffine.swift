/// y = weight_c * x + bias_c, a factor and a bias a channel: the kind `scale`, and what is left of a batch norm
/// that has no convolution to be folded into. Output: the input's shape.
package struct ChannelAffine: LayerOperator {
  package var epilogue: Epilogue

  package static var name: String { "channel_affine" }

  package init(epilogue: Epilogue = .none) { self.epilogue = epilogue }

  package func outputShape(for inputs: [Shape]) -> Shape? {
    guard inputs.count == epilogue.inputCount(besides: 1) else { return nil }
    return inputs.allSatisfy { $0 == inputs[0] } ? inputs[0] : nil
  }

  package func parameters(for inputs: [Shape]) -> [ParameterSpec] {
    let channels = [inputs[0].channels]
    return [ParameterSpec("weight", channels, .weight), ParameterSpec("bias", channels, .bias)]
  }

  /// Two operations an element, and the epilogue's.
  package func cost(for inputs: [Shape], output: Shape) -> Cost {
    Cost(otherOperations: output.checkedCount * 2 + epilogue.operations(on: output))
  }

  package var inPlaceInputs: [Int] { [0] + epilogue.inPlaceInputs(residual: 1) }

  package func outputLayout(inputs: [Layout], parameters: [Layout]) -> Layout? {
    commonLayout(inputs: inputs, parameters: parameters)
  }

  package func lower(_ site: CallSite) -> [KernelCall] {
    let (shape, residual) = (site.outputShape, epilogue.residual(site))
    return [
      KernelCall(
        site.isInBlocks ? .channelAffineBlocks : .channelAffine,
        [site.output, site.input, site.parameters[0], site.parameters[1], residual],
        [
          "batch": .integer(site.batch),
          "channels": .integer(shape.channels),
          "area": .integer(shape.area),
          "y_stride": .integer(site.output.imageStride),
          "x_stride": .integer(site.input.imageStride),
          "r_stride": .integer(residual?.imageStride ?? 0),
          "function": .integer(epilogue.code.function),
          "alpha": .real(epilogue.code.alpha),
        ])
    ]
  }

  package func evaluate<Scalar: ReferenceScalar>(
    _ inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>]
  ) -> Tensor<Scalar> {
    let (x, weight, bias) = (inputs[0], parameters[0].elements, parameters[1].elements)
    let y = Tensor(batch: x.batch, x.shape) { n, c, row, column in
      weight[c] * x[n, c, row, column] + bias[c]
    }
    return epilogue.apply(to: y, residual: inputs.last)
  }
}
