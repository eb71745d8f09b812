import CNNSpec

extension Shape {
  /// The shape, or nil where a side is not positive or the number of elements overflows 64 bits.
  package static func checked(_ channels: Int?, _ height: Int?, _ width: Int?) -> Shape? {
    guard let channels, let height, let width, channels > 0, height > 0, width > 0,
      CheckedInteger.product([channels, height, width]).value != nil
    else { return nil }
    return Shape(channels, height, width)
  }

  /// ``count`` where nothing has proven yet that it does not overflow.
  package var checkedCount: CheckedInteger { CheckedInteger.product([channels, height, width]) }
}

extension Window2D {
  /// Calls `body` for each tap of the window of output (y, x) that lies inside the image, row-major.
  ///
  /// A tap (fy, fx) reads the image at row y*S - P + fy*dilation, column likewise.
  package func forEachTap(
    ofOutput y: Int, _ x: Int, over size: Size2D,
    _ body: (_ fy: Int, _ fx: Int, _ row: Int, _ column: Int) -> Void
  ) {
    for fy in 0..<kernel.height {
      let row = y * stride.height - padding.top + fy * dilation.height
      guard 0..<size.height ~= row else { continue }
      for fx in 0..<kernel.width {
        let column = x * stride.width - padding.left + fx * dilation.width
        if 0..<size.width ~= column { body(fy, fx, row, column) }
      }
    }
  }

  /// The place of the first maximum of the window of output (y, x) in a channel of an image, row-major, where
  /// the last not-a-number wins, as in PyTorch; nil where all of the window is padding.
  package func firstMaximum<Scalar: ReferenceScalar>(
    ofOutput y: Int, _ x: Int, in tensor: Tensor<Scalar>, _ n: Int, _ c: Int
  ) -> (row: Int, column: Int)? {
    var best: (row: Int, column: Int, value: Scalar)?
    forEachTap(ofOutput: y, x, over: tensor.shape.size) { _, _, row, column in
      let value = tensor[n, c, row, column]
      if best.map({ value > $0.value || value.isNaN }) ?? true { best = (row, column, value) }
    }
    return best.map { ($0.row, $0.column) }
  }
}
