/// The distance to the target class, of the distances that ``RadialBasis`` returns: the mean squared error of its
/// input against the class's centre, times their dimension.
///
/// Inputs: the distances x and the targets t, 1 at the class and 0 elsewhere, of one shape. Outputs: each
/// image's loss, the sum of t x, 1 x 1 x 1; and dx = t / images, the gradient of the mean over the batch, of
/// x's shape. LeCun et al., Gradient-based learning applied to document recognition, 1998, equation 8.
package struct TargetDistanceLoss: ElementwiseLoss {
  package var images: Int?

  package init(images: Int? = nil) { self.images = images }

  package static var name: String { "target_distance" }

  package static var kernel: Kernel { .targetDistance }

  package func evaluateAll<Scalar: ReferenceScalar>(
    _ inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>]
  ) -> [Tensor<Scalar>] {
    let (x, targets) = (inputs[0], inputs[1])
    var loss = Tensor<Scalar>(zeros: [x.batch, 1, 1, 1])
    for index in x.elements.indices {
      loss.elements[index / x.shape.count] += targets.elements[index] * x.elements[index]
    }
    return [loss, targets.mapElements { $0 / Scalar(images ?? x.batch) }]
  }
}
