/// Softmax cross-entropy, at each pixel against a class:
///
///     loss = - sum over c of q[c] log p[c],   p = softmax(x),   q[c] = (c is the target ? 1 - e : 0) + e / K
///
/// or softmax(-x) where x are distances, with e the label smoothing (Szegedy et al., arXiv:1512.00567). Inputs: the logits x K x H x W and the
/// targets 1 x H x W, numbers of classes (a number that is no class counts for none: all of q is e / K).
/// Outputs: each image's mean loss over its pixels, 1 x 1 x 1; and dx = (p - q) / (H W images), of distances its negative, the
/// gradient of the mean over the batch, of x's shape. PyTorch's CrossEntropyLoss.
package struct CrossEntropyLoss: Operator {
  package var labelSmoothing: Double
  /// Whether x are distances to the classes, of which the smallest is best.
  package var isOfDistances: Bool
  /// The images that the mean is taken over where the batch is a part of a larger one; nil for the batch.
  package var images: Int?

  package init(labelSmoothing: Double = 0, isOfDistances: Bool = false, images: Int? = nil) {
    self.labelSmoothing = labelSmoothing
    self.isOfDistances = isOfDistances
    self.images = images
  }

  package static var name: String { "cross_entropy" }

  package func outputTypes(inputs: [TensorType], parameters: [TensorType]) -> [TensorType]? {
    guard inputs.count == 2, parameters.isEmpty, inputs.allSatisfy(\.isBatched) else { return nil }
    let (x, target) = (inputs[0].shape, inputs[1].shape)
    guard target == Shape(1, x.height, x.width) else { return nil }
    return [.activation(Shape(1, 1, 1)), inputs[0]]
  }

  package func lower(_ site: CallSite) -> [KernelCall] {
    [
      KernelCall(
        .crossEntropy, site.outputs + site.inputs,
        [
          "batch": .integer(site.batch), "images": .integer(images ?? site.batch),
          "loss_stride": .integer(site.outputs[0].imageStride),
          "dx_stride": .integer(site.outputs[1].imageStride),
          "x_stride": .integer(site.inputs[0].imageStride),
          "target_stride": .integer(site.inputs[1].imageStride),
          "channels": .integer(site.inputShape.channels), "pixels": .integer(site.inputShape.area),
          "smoothing": .real(labelSmoothing), "sign": .real(isOfDistances ? -1 : 1),
        ])
    ]
  }

  package func evaluateAll<Scalar: ReferenceScalar>(
    _ inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>]
  ) -> [Tensor<Scalar>] {
    let sign: Scalar = isOfDistances ? -1 : 1
    let (x, targets) = (inputs[0].mapElements { sign * $0 }, inputs[1])
    let smoothing = Scalar(labelSmoothing)
    let logarithms = Softmax(isLogarithmic: true).evaluate([x], parameters: [])
    func share(_ n: Int, _ c: Int, _ i: Int, _ j: Int) -> Scalar {
      (targets[n, 0, i, j] == Scalar(c) ? 1 - smoothing : 0) + smoothing / Scalar(x.shape.channels)
    }
    var loss = Tensor<Scalar>(zeros: [x.batch, 1, 1, 1])
    let dx = Tensor(batch: x.batch, x.shape) { n, c, i, j in
      let (q, logarithm) = (share(n, c, i, j), logarithms[n, c, i, j])
      if q > 0 { loss.elements[n] -= q * logarithm / Scalar(x.shape.area) }
      return sign * (Scalar.exp(logarithm) - q) / Scalar(x.shape.area * (images ?? x.batch))
    }
    return [loss, dx]
  }
}
