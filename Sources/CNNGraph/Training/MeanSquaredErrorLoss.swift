/// The mean of (x - t)^2 over an image's elements. Inputs: x and the targets t, of one shape. Outputs: each
/// image's loss, 1 x 1 x 1; and dx = 2 (x - t) / (C H W images), the gradient of the mean over the batch, of
/// x's shape. PyTorch's MSELoss.
package struct MeanSquaredErrorLoss: ElementwiseLoss {
  package var images: Int?

  package init(images: Int? = nil) { self.images = images }

  package static var name: String { "mean_squared_error" }

  package static var kernel: Kernel { .squaredError }

  package func evaluateAll<Scalar: ReferenceScalar>(
    _ inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>]
  ) -> [Tensor<Scalar>] {
    let (x, targets) = (inputs[0], inputs[1])
    let count = Scalar(x.shape.count)
    var (loss, dx) = (Tensor<Scalar>(zeros: [x.batch, 1, 1, 1]), x)
    for index in x.elements.indices {
      let difference = x.elements[index] - targets.elements[index]
      loss.elements[index / x.shape.count] += difference * difference / count
      dx.elements[index] = 2 * difference / (count * Scalar(images ?? x.batch))
    }
    return [loss, dx]
  }
}
