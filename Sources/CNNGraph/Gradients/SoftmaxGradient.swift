/// d loss / d x of ``Softmax``, from what it computed, at each pixel:
///
///     dx[c] = y[c] (dy[c] - sum over i of dy[i] y[i])         of y = softmax(x)
///     dx[c] = dy[c] - exp(y[c]) * sum over i of dy[i]         of y = log softmax(x)
///
/// Inputs: dy and y, of one shape. Output: that shape.
package struct SoftmaxGradient: Operator {
  package var isLogarithmic: Bool

  package init(isLogarithmic: Bool) { self.isLogarithmic = isLogarithmic }

  package static var name: String { "softmax_gradient" }

  package func outputTypes(inputs: [TensorType], parameters: [TensorType]) -> [TensorType]? {
    guard inputs.count == 2, parameters.isEmpty, inputs[0].isBatched, inputs[0] == inputs[1] else {
      return nil
    }
    return [inputs[0]]
  }

  package var inPlaceInputs: [Int] { [0, 1] }

  package func lower(_ site: CallSite) -> [KernelCall] {
    [
      KernelCall(
        .softmaxGradient, [site.output, site.inputs[0], site.inputs[1]],
        [
          "batch": .integer(site.batch), "dx_stride": .integer(site.output.imageStride),
          "dy_stride": .integer(site.inputs[0].imageStride),
          "y_stride": .integer(site.inputs[1].imageStride),
          "channels": .integer(site.outputShape.channels), "pixels": .integer(site.outputShape.area),
          "logarithmic": .integer(isLogarithmic ? 1 : 0),
        ])
    ]
  }

  package func evaluateAll<Scalar: ReferenceScalar>(
    _ inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>]
  ) -> [Tensor<Scalar>] {
    let (dy, y) = (inputs[0], inputs[1])
    return [
      Tensor(batch: y.batch, y.shape) { n, c, i, j in
        var sum: Scalar = 0
        for other in 0..<y.shape.channels {
          sum += isLogarithmic ? dy[n, other, i, j] : dy[n, other, i, j] * y[n, other, i, j]
        }
        let value = y[n, c, i, j]
        return isLogarithmic ? dy[n, c, i, j] - Scalar.exp(value) * sum : value * (dy[n, c, i, j] - sum)
      }
    ]
  }
}

extension Softmax: Differentiable {
  package func addGradients(of node: Node, from gradient: ValueID, to builder: inout GradientBuilder) {
    builder.add(
      .softmax(SoftmaxGradient(isLogarithmic: isLogarithmic)), inputs: [gradient, node.output],
      gradientOf: node.inputs[0], in: node)
  }
}
