import CNNSpec

/// Normalisation across neighbouring channels:
///
///     y[c] = x[c] / (k + alpha * sum over i of x[i]^2)^beta,   i = c - size/2 ... c + (size-1)/2
///
/// with whole divisions, within the image's channels. Output: the input's shape. Krizhevsky et al.,
/// ImageNet classification with deep convolutional neural networks, 2012; alpha is not divided by the size
/// (PyTorch and Caffe divide).
package struct LocalResponseNorm: LayerOperator {
  package var size: Int
  package var alpha: Double
  package var beta: Double
  package var k: Double

  package init(size: Int, alpha: Double, beta: Double, k: Double) {
    self.size = size
    self.alpha = alpha
    self.beta = beta
    self.k = k
  }

  package static var name: String { "lrn" }

  package func outputShape(for inputs: [Shape]) -> Shape? {
    inputs.count == 1 && size > 0 ? inputs[0] : nil
  }

  /// 2*size + 3 an element: size squares and size - 1 additions, a factor, a sum, a power, a division; the
  /// channels missing at the ends count too.
  package func cost(for inputs: [Shape], output: Shape) -> Cost {
    Cost(otherOperations: output.checkedCount * (CheckedInteger(size) * 2 + 3))
  }

  package func outputLayout(inputs: [Layout], parameters: [Layout]) -> Layout? {
    commonLayout(inputs: inputs, parameters: parameters)
  }

  package func lower(_ site: CallSite) -> [KernelCall] {
    [
      KernelCall(
        site.isInBlocks ? .lrnBlocks : .lrn, [site.output, site.input],
        [
          "batch": .integer(site.batch),
          "y_stride": .integer(site.output.imageStride),
          "x_stride": .integer(site.input.imageStride),
          "channels": .integer(site.inputShape.channels),
          "pixels": .integer(site.inputShape.height * site.inputShape.width),
          "size": .integer(size),
          "alpha": .real(alpha),
          "beta": .real(beta),
          "k": .real(k),
        ])
    ]
  }

  package func evaluate<Scalar: ReferenceScalar>(
    _ inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>]
  ) -> Tensor<Scalar> {
    let x = inputs[0]
    return Tensor(batch: x.batch, x.shape) { n, c, i, j in
      var sum: Scalar = 0
      for other in max(0, c - size / 2)...min(x.shape.channels - 1, c + (size - 1) / 2) {
        sum += x[n, other, i, j] * x[n, other, i, j]
      }
      return x[n, c, i, j] / Scalar.pow(Scalar(k) + Scalar(alpha) * sum, Scalar(beta))
    }
  }
}
