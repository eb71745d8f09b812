/// The mean of (x - t)^2 over an image's elements. Inputs: x and the targets t, of one shape. Outputs: each
/// image's loss, 1 x 1 x 1; and dx = 2 (x - t) / (C H W images), the gradient of the mean over the batch, of
/// x's shape. PyTorch's MSELoss.
package struct MeanSquaredErrorLoss: Operator {
  /// The images that the mean is taken over where the batch is a part of a larger one; nil for the batch.
  package var images: Int?

  package init(images: Int? = nil) { self.images = images }

  package static var name: String { "mean_squared_error" }

  package func outputTypes(inputs: [TensorType], parameters: [TensorType]) -> [TensorType]? {
    guard inputs.count == 2, parameters.isEmpty, inputs[0].isBatched, inputs[0] == inputs[1] else {
      return nil
    }
    return [.activation(Shape(1, 1, 1)), inputs[0]]
  }

  package func lower(_ site: CallSite) -> [KernelCall] {
    [
      KernelCall(
        .squaredError, site.outputs + site.inputs,
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
