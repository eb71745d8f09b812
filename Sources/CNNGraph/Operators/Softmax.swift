import CNNSpec

/// Probabilities over the channels at each pixel, or their logarithms. Output: the input's shape.
///
///     y[c] = exp(x[c] - m) / sum over i of exp(x[i] - m),   m the largest x
package struct Softmax: LayerOperator {
  package var isLogarithmic: Bool

  package init(isLogarithmic: Bool = false) { self.isLogarithmic = isLogarithmic }

  package static var name: String { "softmax" }

  package func outputShape(for inputs: [Shape]) -> Shape? { inputs.count == 1 ? inputs[0] : nil }

  /// 5 an element (a comparison, a subtraction, an exponential, an addition, a division or subtraction) and,
  /// for logarithms, one a pixel.
  package func cost(for inputs: [Shape], output: Shape) -> Cost {
    let pixels = CheckedInteger(output.height) * output.width
    return Cost(otherOperations: output.checkedCount * 5 + (isLogarithmic ? pixels : 0))
  }

  package var inPlaceInputs: [Int] { [0] }

  package func lower(_ site: CallSite) -> [KernelCall] {
    [
      KernelCall(
        .softmax, [site.output, site.input],
        [
          "batch": .integer(site.batch),
          "y_stride": .integer(site.output.imageStride),
          "x_stride": .integer(site.input.imageStride),
          "channels": .integer(site.inputShape.channels),
          "pixels": .integer(site.inputShape.height * site.inputShape.width),
          "logarithmic": .integer(isLogarithmic ? 1 : 0),
        ])
    ]
  }

  package func evaluate<Scalar: ReferenceScalar>(
    _ inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>]
  ) -> Tensor<Scalar> {
    let x = inputs[0]
    return Tensor(batch: x.batch, x.shape) { n, c, i, j in
      let column = (0..<x.shape.channels).map { x[n, $0, i, j] }
      let largest = column.reduce(-.infinity) { $1 > $0 || $1.isNaN ? $1 : $0 }
      let sum = column.reduce(0) { $0 + Scalar.exp($1 - largest) }
      let shifted = column[c] - largest
      return isLogarithmic ? shifted - Scalar.log(sum) : Scalar.exp(shifted) / sum
    }
  }
}
