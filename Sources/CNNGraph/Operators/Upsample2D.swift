import CNNSpec

/// Each pixel becomes `factor` pixels. Output: C x (H * factor.height) x (W * factor.width).
package struct Upsample2D: LayerOperator {
  package enum Mode: Hashable, Sendable {
    /// y(i, j) = x(i / factor, j / factor), rounded down
    case nearest
    /// Linear between the four nearest pixel centres: output i lies at (i + 1/2) / factor - 1/2 of the input,
    /// and no further out than its first and last pixel. As PyTorch's `interpolate(scale_factor=factor,
    /// mode="bilinear", align_corners=False)`.
    case bilinear
  }

  package var factor: Size2D
  package var mode: Mode

  package static var name: String { "upsample2d" }

  package init(factor: Size2D, mode: Mode = .nearest) {
    self.factor = factor
    self.mode = mode
  }

  package func outputShape(for inputs: [Shape]) -> Shape? {
    guard inputs.count == 1, factor.height > 0, factor.width > 0 else { return nil }
    return .checked(
      inputs[0].channels, (CheckedInteger(inputs[0].height) * factor.height).value,
      (CheckedInteger(inputs[0].width) * factor.width).value)
  }

  /// Bilinear: nine operations an element, for three interpolations of two multiplications and an addition
  /// each. Nearest only moves data.
  package func cost(for inputs: [Shape], output: Shape) -> Cost {
    switch mode {
    case .nearest: Cost()
    case .bilinear: Cost(otherOperations: output.checkedCount * 9)
    }
  }

  package func lower(_ site: CallSite) -> [KernelCall] {
    [
      KernelCall(
        .upsample2d, [site.output, site.input],
        [
          "batch": .integer(site.batch),
          "channels": .integer(site.inputShape.channels),
          "height": .integer(site.inputShape.height),
          "width": .integer(site.inputShape.width),
          "y_stride": .integer(site.output.imageStride),
          "x_stride": .integer(site.input.imageStride),
          "factor_height": .integer(factor.height),
          "factor_width": .integer(factor.width),
          "bilinear": .integer(mode == .bilinear ? 1 : 0),
        ])
    ]
  }

  package func evaluate<Scalar: ReferenceScalar>(
    _ inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>]
  ) -> Tensor<Scalar> {
    let x = inputs[0]
    guard let output = outputShape(for: [x.shape]) else { preconditionFailure("verified") }
    return Tensor(batch: x.batch, output) { n, c, row, column in
      guard mode == .bilinear else { return x[n, c, row / factor.height, column / factor.width] }
      let (y0, y1, v) = Self.neighbours(of: row, factor.height, in: x.shape.height) as (Int, Int, Scalar)
      let (x0, x1, u) = Self.neighbours(of: column, factor.width, in: x.shape.width) as (Int, Int, Scalar)
      let above = (1 - u) * x[n, c, y0, x0] + u * x[n, c, y0, x1]
      let below = (1 - u) * x[n, c, y1, x0] + u * x[n, c, y1, x1]
      return (1 - v) * above + v * below
    }
  }

  /// The two inputs between which an output lies, and the second one's weight.
  static func neighbours<Scalar: ReferenceScalar>(
    of output: Int, _ factor: Int, in length: Int
  ) -> (first: Int, second: Int, weight: Scalar) {
    let place = max((Scalar(output) + 0.5) / Scalar(factor) - 0.5, 0)
    let first = Int(place)
    return (first, min(first + 1, length - 1), place - Scalar(first))
  }
}
