import CNNSpec

/// A window of the image, of all channels: y(c, i, j) = x(c, i + offsetTop, j + offsetLeft).
/// Output: C x size.
package struct Crop2D: LayerOperator {
  package var offsetTop: Int
  package var offsetLeft: Int
  package var size: Size2D

  package static var name: String { "crop2d" }

  package init(offsetTop: Int, offsetLeft: Int, size: Size2D) {
    self.offsetTop = offsetTop
    self.offsetLeft = offsetLeft
    self.size = size
  }

  package func outputShape(for inputs: [Shape]) -> Shape? {
    guard inputs.count == 1, offsetTop >= 0, offsetLeft >= 0, size.height > 0, size.width > 0 else {
      return nil
    }
    let input = inputs[0]
    // Subtracting what is not negative cannot overflow.
    guard size.height <= input.height - offsetTop, size.width <= input.width - offsetLeft else { return nil }
    return Shape(input.channels, size.height, size.width)
  }

  package func lower(_ site: CallSite) -> [KernelCall] {
    let (input, output) = (site.inputShape, site.outputShape)
    return [
      .copy(
        output, batch: site.batch, from: site.input,
        ImageBlock(in: input, top: offsetTop, left: offsetLeft), to: site.output, ImageBlock(in: output))
    ]
  }

  package func evaluate<Scalar: ReferenceScalar>(
    _ inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>]
  ) -> Tensor<Scalar> {
    let x = inputs[0]
    return Tensor(batch: x.batch, Shape(x.shape.channels, size.height, size.width)) { n, c, row, column in
      x[n, c, row + offsetTop, column + offsetLeft]
    }
  }
}
