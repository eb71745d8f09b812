import CNNSpec

/// The squared distance of the flattened image to each of some fixed centres:
///
///     y[u] = sum over i of (x[i] - centers[u, i])^2
///
/// Any shape to units x 1 x 1. Parameter: the buffer `centers` [units, C*H*W]. LeNet-5's output layer:
/// LeCun et al., Gradient-based learning applied to document recognition, 1998.
package struct RadialBasis: LayerOperator {
  package var units: Int

  package init(units: Int) { self.units = units }

  package static var name: String { "rbf" }

  package func outputShape(for inputs: [Shape]) -> Shape? {
    guard inputs.count == 1, (inputs[0].checkedCount * units).value != nil else { return nil }
    return Shape.checked(units, 1, 1)
  }

  package func parameters(for inputs: [Shape]) -> [ParameterSpec] {
    [ParameterSpec("centers", [units, inputs[0].count], .buffer)]
  }

  /// A subtraction, a square and an addition for each of D*units connections.
  package func cost(for inputs: [Shape], output: Shape) -> Cost {
    let connections = inputs[0].checkedCount * units
    return Cost(otherOperations: connections * 3, connections: connections)
  }

  package func lower(_ site: CallSite) -> [KernelCall] {
    [
      KernelCall(
        .rbf, [site.output, site.input, site.parameters[0]],
        [
          "batch": .integer(site.batch),
          "y_stride": .integer(site.output.imageStride),
          "x_stride": .integer(site.input.imageStride),
          "depth": .integer(site.inputShape.count),
          "units": .integer(units),
        ])
    ]
  }

  package func evaluate<Scalar: ReferenceScalar>(
    _ inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>]
  ) -> Tensor<Scalar> {
    let depth = inputs[0].shape.count
    return Tensor(batch: inputs[0].batch, Shape(units, 1, 1)) { n, unit, _, _ in
      var sum: Scalar = 0
      for i in 0..<depth {
        let difference = inputs[0].elements[n * depth + i] - parameters[0].elements[unit * depth + i]
        sum += difference * difference
      }
      return sum
    }
  }
}
