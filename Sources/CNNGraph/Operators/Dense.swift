import CNNSpec

/// A fully connected layer: y = weight * x + bias, x being the image flattened as channels, rows, columns.
/// Any shape to units x 1 x 1. Parameters: `weight` [units, C*H*W], `bias` [units].
package struct Dense: LayerOperator {
  package var units: Int
  package var hasBias: Bool
  package var epilogue: Epilogue

  package init(units: Int, hasBias: Bool = true, epilogue: Epilogue = .none) {
    self.units = units
    self.hasBias = hasBias
    self.epilogue = epilogue
  }

  package static var name: String { "dense" }

  package func outputShape(for inputs: [Shape]) -> Shape? {
    guard inputs.count == epilogue.inputCount(besides: 1), let output = Shape.checked(units, 1, 1),
      (inputs[0].checkedCount * units).value != nil
    else { return nil }
    return epilogue.addsResidual && inputs[1] != output ? nil : output
  }

  package func parameters(for inputs: [Shape]) -> [ParameterSpec] {
    let weight = ParameterSpec("weight", [units, inputs[0].count], .weight)
    return hasBias ? [weight, ParameterSpec("bias", [units], .bias)] : [weight]
  }

  /// D*units multiplications, (D + 1)*units connections.
  package func cost(for inputs: [Shape], output: Shape) -> Cost {
    let weights = inputs[0].checkedCount * units
    return Cost(
      multiplications: weights, otherOperations: epilogue.operations(on: output),
      connections: weights + (hasBias ? units : 0))
  }

  package var inPlaceInputs: [Int] { epilogue.inPlaceInputs(residual: 1) }

  package func lower(_ site: CallSite) -> [KernelCall] {
    let residual = epilogue.residual(site)
    return [
      KernelCall(
        .dense,
        [site.output, site.input, site.parameters[0], hasBias ? site.parameters[1] : nil, residual],
        [
          "batch": .integer(site.batch),
          "y_stride": .integer(site.output.imageStride),
          "x_stride": .integer(site.input.imageStride),
          "r_stride": .integer(residual?.imageStride ?? 0),
          "depth": .integer(site.inputShape.count),
          "units": .integer(units),
          "function": .integer(epilogue.code.function),
          "alpha": .real(epilogue.code.alpha),
        ])
    ]
  }

  package func evaluate<Scalar: ReferenceScalar>(
    _ inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>]
  ) -> Tensor<Scalar> {
    let depth = inputs[0].shape.count
    let output = Tensor<Scalar>(batch: inputs[0].batch, Shape(units, 1, 1)) { n, unit, _, _ in
      var sum = hasBias ? parameters[1].elements[unit] : 0
      for i in 0..<depth {
        sum += parameters[0].elements[unit * depth + i] * inputs[0].elements[n * depth + i]
      }
      return sum
    }
    return epilogue.apply(to: output, residual: inputs.last)
  }
}
