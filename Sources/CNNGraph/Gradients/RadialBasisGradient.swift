/// d loss / d x of ``RadialBasis``: dx[i] = sum over u of 2 dy[u] (x[i] - centers[u, i]). The centres are
/// fixed.
///
/// Inputs: dy units x 1 x 1, and x; parameter: `centers` [units, C*H*W]. Output: x's shape.
package struct RadialBasisGradient: Operator {
  package static var name: String { "rbf_gradient" }

  package init() {}

  package func outputTypes(inputs: [TensorType], parameters: [TensorType]) -> [TensorType]? {
    guard inputs.count == 2, inputs.allSatisfy(\.isBatched), inputs[0].shape.area == 1,
      parameters == [.parameter([inputs[0].shape.channels, inputs[1].count])]
    else { return nil }
    return [inputs[1]]
  }

  package var inPlaceInputs: [Int] { [1] }

  package func lower(_ site: CallSite) -> [KernelCall] {
    [
      KernelCall(
        .rbfGradient, [site.output, site.inputs[0], site.inputs[1], site.parameters[0]],
        [
          "batch": .integer(site.batch), "dx_stride": .integer(site.output.imageStride),
          "dy_stride": .integer(site.inputs[0].imageStride),
          "x_stride": .integer(site.inputs[1].imageStride), "depth": .integer(site.outputShape.count),
          "units": .integer(site.inputShape.channels),
        ])
    ]
  }

  package func evaluateAll<Scalar: ReferenceScalar>(
    _ inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>]
  ) -> [Tensor<Scalar>] {
    let (dy, x, centers) = (inputs[0].elements, inputs[1], parameters[0].elements)
    let (units, depth) = (parameters[0].dimensions[0], parameters[0].dimensions[1])
    var dx = Tensor<Scalar>(zeros: x.dimensions)
    for index in x.elements.indices {
      let (n, i) = (index / depth, index % depth)
      for unit in 0..<units {
        dx.elements[index] += 2 * dy[n * units + unit] * (x.elements[index] - centers[unit * depth + i])
      }
    }
    return [dx]
  }
}

extension RadialBasis: Differentiable {
  package func addGradients(of node: Node, from gradient: ValueID, to builder: inout GradientBuilder) {
    builder.add(
      .radialBasis(RadialBasisGradient()), inputs: [gradient, node.inputs[0]], parameters: node.parameters,
      gradientOf: node.inputs[0], in: node)
  }
}
