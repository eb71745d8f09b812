import CNNGraph
import CNNSpec

/// Where the window of another program's layer comes to lie on an image.
package struct WindowPositions {
  package var size: Size2D
  /// Whether it fits without rounding.
  package var isExact: Bool
  /// Whether rounding up would have added a window that starts behind the image, which was left out.
  package var hasDropped: Bool
}

/// Why a window cannot be laid on an image.
package enum WindowMisfit: Error {
  case overflow
  /// - Parameters:
  ///   - extent: the window's length, its gaps included.
  ///   - side: the image's, without its padding.
  case tooLarge(extent: Int, side: Int)
}

extension Window2D {
  /// The positions of a window that need not fit exactly: (W1 - F + P)/S + 1, rounded.
  ///
  /// Rounded up, a last window that would start in the padding behind the image is dropped, as a spec has it, too.
  package func positions(
    over size: Size2D, roundingUp isCeiling: Bool = false
  ) throws(WindowMisfit) -> WindowPositions {
    let rows = try Self.side(
      size.height, padding.top, padding.bottom, kernel.height, stride.height, dilation.height, isCeiling)
    let columns = try Self.side(
      size.width, padding.left, padding.right, kernel.width, stride.width, dilation.width, isCeiling)
    return WindowPositions(
      size: Size2D(height: rows.count, width: columns.count), isExact: rows.isExact && columns.isExact,
      hasDropped: rows.hasDropped || columns.hasDropped)
  }

  private static func side(
    _ length: Int, _ before: Int, _ after: Int, _ kernel: Int, _ stride: Int, _ dilation: Int,
    _ isCeiling: Bool
  ) throws(WindowMisfit) -> (count: Int, isExact: Bool, hasDropped: Bool) {
    guard let extent = (CheckedInteger(dilation) * (kernel - 1) + 1).value,
      let room = (CheckedInteger(length) + before + after - extent).value
    else { throw .overflow }
    guard room >= 0 else { throw .tooLarge(extent: extent, side: length) }
    let count = room / stride + 1
    if room % stride == 0 { return (count, true, false) }
    let isAdded = isCeiling && count * stride < length + before
    return (isAdded ? count + 1 : count, false, isCeiling && !isAdded)
  }

  /// The size of what a window without dilation makes of an image when it is moved the other way, as in a transposed
  /// convolution: S(W1 - 1) + F - P. It need not be positive; nil past 64 bits.
  /// - Parameter extra: rows at the bottom and columns at the right that are added to it.
  package func transposedSize(of size: Size2D, extra: Size2D = Size2D(0)) -> Size2D? {
    let height = CheckedInteger(size.height - 1) * stride.height + kernel.height - padding.vertical
    let width = CheckedInteger(size.width - 1) * stride.width + kernel.width - padding.horizontal
    guard let height = (height + extra.height).value, let width = (width + extra.width).value else {
      return nil
    }
    return Size2D(height: height, width: width)
  }
}
