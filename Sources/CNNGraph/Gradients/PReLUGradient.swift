/// d loss / d x of ``PReLU``: dx = dy if x > 0, else weight_c dy. Inputs: dy and x, of one shape;
/// parameter: weight [C]. Output: that shape.
package struct PReLUGradient: Operator {
  package static var name: String { "prelu_gradient" }

  package init() {}

  package func outputTypes(inputs: [TensorType], parameters: [TensorType]) -> [TensorType]? {
    guard inputs.count == 2, inputs[0].isBatched, inputs[0] == inputs[1],
      parameters == [.parameter([inputs[0].shape.channels])]
    else { return nil }
    return [inputs[0]]
  }

  package var inPlaceInputs: [Int] { [0, 1] }

  package func lower(_ site: CallSite) -> [KernelCall] {
    [
      KernelCall(
        .preluGradient, [site.output, site.inputs[0], site.inputs[1], site.parameters[0]],
        [
          "batch": .integer(site.batch), "channels": .integer(site.outputShape.channels),
          "area": .integer(site.outputShape.area), "dx_stride": .integer(site.output.imageStride),
          "dy_stride": .integer(site.inputs[0].imageStride),
          "x_stride": .integer(site.inputs[1].imageStride),
        ])
    ]
  }

  package func evaluateAll<Scalar: ReferenceScalar>(
    _ inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>]
  ) -> [Tensor<Scalar>] {
    let (dy, x, weight) = (inputs[0], inputs[1], parameters[0].elements)
    return [
      Tensor(batch: x.batch, x.shape) { n, c, row, column in
        x[n, c, row, column] > 0 ? dy[n, c, row, column] : weight[c] * dy[n, c, row, column]
      }
    ]
  }
}

extension PReLU: Differentiable {
  /// Beside dx, dweight_c is the channel's sum of dy min(x, 0).
  package func addGradients(of node: Node, from gradient: ValueID, to builder: inout GradientBuilder) {
    let (x, weight) = (node.inputs[0], node.parameters[0])
    builder.add(
      .prelu(PReLUGradient()), inputs: [gradient, x], parameters: [weight], gradientOf: x, in: node)
    builder.add(
      .channelReduction(ChannelReduction(.negativeInput)), inputs: [gradient, x], gradientOf: weight, in: node
    )
  }
}
