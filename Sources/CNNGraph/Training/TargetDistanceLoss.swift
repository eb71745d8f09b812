/// The distance to the target class, of the distances that ``RadialBasis`` returns: the mean squared error of its
/// input against the class's centre, times their dimension.
///
/// Inputs: the distances x and the targets t, 1 at the class and 0 elsewhere, of one shape. Outputs: each
/// image's loss, the sum of t x, 1 x 1 x 1; and dx = t / images, the gradient of the mean over the batch, of
/// x's shape. LeCun et al., Gradient-based learning applied to document recognition, 1998, equation 8.
package struct TargetDistanceLoss: Operator {
  /// The images that the mean is taken over where the batch is a part of a larger one; nil for the batch.
  package var images: Int?

  package init(images: Int? = nil) { self.images = images }

  package static var name: String { "target_distance" }

  package func outputTypes(inputs: [TensorType], parameters: [TensorType]) -> [TensorType]? {
    guard inputs.count == 2, parameters.isEmpty, inputs[0].isBatched, inputs[0] == inputs[1] else {
      return nil
    }
    return [.activation(Shape(1, 1, 1)), inputs[0]]
  }

  package func lower(_ site: CallSite) -> [KernelCall] {
    [
      KernelCall(
        .targetDistance, site.outputs + site.inputs,
        [
          "batch": .integer(site.batch), "images": .integer(images ?? site.batch),
          "loss_stride": .integer(site.outputs[0].imageStride),
          "dx_stride": .integer(site.outputs[1].imageStride),
          "x_stride": .integer(site.inputs[0].imageStride),
          "target_stride": .integer(site.inputs[1].imageStride), "count": .integer(site.inputShape.count),
        ])
    ]
  }

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
