/// y = (x - mean_c) / sqrt(variance_c + epsilon) * weight_c + bias_c with the running statistics, which is what
/// batch normalization computes once trained. Output: the input's shape.
///
/// Ioffe, Szegedy, Batch normalization, arXiv:1502.03167.
package struct BatchNorm: LayerOperator {
  package var epsilon: Double
  /// The share of a batch's statistics in the running ones; only training reads it.
  package var momentum: Double
  package var epilogue: Epilogue

  package static var name: String { "batch_norm" }

  package init(epsilon: Double = 1e-5, momentum: Double = 0.1, epilogue: Epilogue = .none) {
    self.epsilon = epsilon
    self.momentum = momentum
    self.epilogue = epilogue
  }

  package func outputShape(for inputs: [Shape]) -> Shape? {
    guard inputs.count == epilogue.inputCount(besides: 1) else { return nil }
    return inputs.allSatisfy { $0 == inputs[0] } ? inputs[0] : nil
  }

  package func parameters(for inputs: [Shape]) -> [ParameterSpec] {
    let channels = [inputs[0].channels]
    return [
      ParameterSpec("weight", channels, .weight), ParameterSpec("bias", channels, .bias),
      ParameterSpec("running_mean", channels, .buffer), ParameterSpec("running_var", channels, .buffer),
    ]
  }

  /// Two operations an element, x * scale_c + shift_c, and the epilogue's. What is done once a channel is
  /// not counted.
  package func cost(for inputs: [Shape], output: Shape) -> Cost {
    Cost(otherOperations: output.checkedCount * 2 + epilogue.operations(on: output))
  }

  /// A residual is added by a second call, when the first has already written the output: then neither
  /// input may lie there.
  package var inPlaceInputs: [Int] { epilogue.addsResidual ? [] : [0] }

  package func lower(_ site: CallSite) -> [KernelCall] {
    let (shape, residual) = (site.outputShape, epilogue.residual(site))
    let normalization = KernelCall(
      .batchNorm, [site.output, site.input] + site.parameters,
      [
        "batch": .integer(site.batch),
        "channels": .integer(shape.channels),
        "area": .integer(shape.area),
        "y_stride": .integer(site.output.imageStride),
        "x_stride": .integer(site.input.imageStride),
        "epsilon": .real(epsilon),
        "function": .integer(residual == nil ? epilogue.code.function : 0),
        "alpha": .real(residual == nil ? epilogue.code.alpha : 0),
      ])
    guard let residual else { return [normalization] }
    // The normalization's operands are all that a call can have.
    precondition(residual.location != site.output.location, "the residual is overwritten too early")
    return [normalization, .add(site.output, residual, to: site.output, site, epilogue.activation)]
  }

  package func evaluate<Scalar: ReferenceScalar>(
    _ inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>]
  ) -> Tensor<Scalar> {
    let x = inputs[0]
    let (weight, bias) = (parameters[0].elements, parameters[1].elements)
    let (mean, variance) = (parameters[2].elements, parameters[3].elements)
    let y = Tensor(batch: x.batch, x.shape) { n, c, row, column in
      (x[n, c, row, column] - mean[c]) / (variance[c] + Scalar(epsilon)).squareRoot() * weight[c] + bias[c]
    }
    return epilogue.apply(to: y, residual: inputs.last)
  }
}
