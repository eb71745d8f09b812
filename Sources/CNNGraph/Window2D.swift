import CNNSpec

/// Rows and columns added round an image; negative ones are left out of it.
package struct Padding: Hashable, Sendable {
  package var top: Int
  package var bottom: Int
  package var left: Int
  package var right: Int

  package init(top: Int, bottom: Int, left: Int, right: Int) {
    self.top = top
    self.bottom = bottom
    self.left = left
    self.right = right
  }

  package init(_ all: Int) { self.init(top: all, bottom: all, left: all, right: all) }

  package static let none = Padding(0)
  package var vertical: Int { top + bottom }
  package var horizontal: Int { left + right }
}

/// A window that slides over an image and fits it exactly: W2 = (W1 - F + P)/S + 1 comes out whole, with
/// F = dilation * (kernel - 1) + 1 and P the padding of both sides.
///
/// The checker turns `rounding: floor` and `ceil` into such windows (less or more padding at the bottom
/// and the right), so nothing behind it rounds.
package struct Window2D: Hashable, Sendable {
  package var kernel: Size2D
  package var stride: Size2D
  package var dilation: Size2D
  package var padding: Padding

  package init(
    kernel: Size2D, stride: Size2D = Size2D(1), padding: Padding = .none, dilation: Size2D = Size2D(1)
  ) {
    self.kernel = kernel
    self.stride = stride
    self.dilation = dilation
    self.padding = padding
  }

  /// The number of positions along each side, or nil where the window does not fit exactly.
  package func positions(over size: Size2D) -> Size2D? {
    func positions(_ length: Int, _ pad: Int, _ kernel: Int, _ stride: Int, _ dilation: Int) -> Int? {
      guard kernel > 0, stride > 0, dilation > 0 else { return nil }
      let extent = CheckedInteger(dilation) * (kernel - 1) + 1
      guard let room = (CheckedInteger(length) + pad - extent).value, room >= 0, room % stride == 0
      else { return nil }
      return (CheckedInteger(room / stride) + 1).value
    }
    guard
      let height = positions(
        size.height, padding.vertical, kernel.height, stride.height, dilation.height),
      let width = positions(size.width, padding.horizontal, kernel.width, stride.width, dilation.width)
    else { return nil }
    return Size2D(height: height, width: width)
  }

  /// Whether at some position the window sees nothing of the image, so that a pool has no largest element.
  /// - Parameter positions: how many there are, over an image of that size.
  package func seesOnlyPadding(over size: Size2D, positions: Size2D) -> Bool {
    Self.seesOnlyPadding(
      size.height, before: padding.top, kernel.height, stride.height, dilation.height, positions.height)
      || Self.seesOnlyPadding(
        size.width, before: padding.left, kernel.width, stride.width, dilation.width, positions.width)
  }

  private static func seesOnlyPadding(
    _ length: Int, before: Int, _ kernel: Int, _ stride: Int, _ dilation: Int, _ positions: Int
  ) -> Bool {
    if before <= 0 { return (positions - 1) * stride - before >= length }
    // The first window ends before the image, or the last one starts behind it.
    if (before - 1) / dilation + 1 >= kernel || (positions - 1) * stride >= length + before { return true }
    // Taps that are further apart than the image is long may lie on both sides of it.
    guard dilation > length else { return false }
    let starts = min((before - 1) / stride + 1, positions)
    return starts > 1 << 16
      || (0..<starts).contains { (dilation - (before - $0 * stride) % dilation) % dilation >= length }
  }
}

/// What a kernel does to each element right before it stores it: adds another activation of the output's
/// shape, then applies a function. Passes put it there; a spec's layers come without.
package struct Epilogue: Hashable, Sendable {
  /// Whether the node's last input is added.
  package var addsResidual: Bool
  package var activation: Activation?

  package init(addsResidual: Bool = false, activation: Activation? = nil) {
    self.addsResidual = addsResidual
    self.activation = activation
  }

  package static let none = Epilogue()
}
