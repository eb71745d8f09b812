/// A loss that compares each element with its target. Inputs: x and the targets, of one shape. Outputs: each
/// image's loss, 1 x 1 x 1; and dx, the gradient of the mean over the batch, of x's shape.
package protocol ElementwiseLoss: Operator {
  /// The images that the mean is taken over where the batch is a part of a larger one; nil for the batch.
  var images: Int? { get }
  /// Its kernel, of ``Kernel/squaredError``'s fields.
  static var kernel: Kernel { get }
}

extension ElementwiseLoss {
  package func outputTypes(inputs: [TensorType], parameters: [TensorType]) -> [TensorType]? {
    guard inputs.count == 2, parameters.isEmpty, inputs[0].isBatched, inputs[0] == inputs[1] else {
      return nil
    }
    return [.activation(Shape(1, 1, 1)), inputs[0]]
  }

  package func lower(_ site: CallSite) -> [KernelCall] {
    [
      KernelCall(
        Self.kernel, site.outputs + site.inputs,
        [
          "batch": .integer(site.batch), "images": .integer(images ?? site.batch),
          "loss_stride": .integer(site.outputs[0].imageStride),
          "dx_stride": .integer(site.outputs[1].imageStride),
          "x_stride": .integer(site.inputs[0].imageStride),
          "target_stride": .integer(site.inputs[1].imageStride), "count": .integer(site.inputShape.count),
        ])
    ]
  }
}
