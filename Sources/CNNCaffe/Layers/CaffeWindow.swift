import CNNGraph
import CNNSpec

/// Kernel, stride, padding and dilation of a layer, as its fields say them: one number for both directions, or two, or
/// `kernel_h` and `kernel_w`.
struct CaffeWindow {
  var kernel: Size2D
  var stride: Size2D
  var padding: Size2D
  var dilation: Size2D

  static let fields: Set<String> = [
    "kernel_size", "kernel_h", "kernel_w", "stride", "stride_h", "stride_w", "pad", "pad_h", "pad_w",
  ]

  init(_ context: LayerContext) throws(Refusal) {
    guard let kernel = try Self.size(context, "kernel_size", "kernel", 1) else {
      throw context.damaged("it has no `kernel_size`")
    }
    self.kernel = kernel
    stride = try Self.size(context, "stride", "stride", 1) ?? Size2D(1)
    padding = try Self.size(context, "pad", "pad", 0) ?? Size2D(0)
    dilation = try Self.size(context, "dilation", nil, 1) ?? Size2D(1)
  }

  /// A window that is the whole image.
  init(whole image: Size2D) {
    (kernel, stride, padding, dilation) = (image, Size2D(1), Size2D(0), Size2D(1))
  }

  /// - Parameter prefix: of the fields for one direction each: `kernel` of `kernel_h`.
  private static func size(
    _ context: LayerContext, _ name: String, _ prefix: String?, _ least: Int
  ) throws(Refusal) -> Size2D? {
    let bounds = least...FieldReader.largest
    let both = try context.fields.integers(name, bounds)
    if let prefix {
      let height = try context.fields.integer(prefix + "_h", bounds)
      let width = try context.fields.integer(prefix + "_w", bounds)
      if height != nil || width != nil {
        guard both.isEmpty, prefix == "pad" || (height != nil && width != nil) else {
          throw context.damaged(
            "expected either `\(name)` or both `\(prefix)_h` and `\(prefix)_w`", at: prefix + "_h")
        }
        return Size2D(height: height ?? 0, width: width ?? 0)
      }
    }
    switch both.count {
    case 0: return nil
    case 1: return Size2D(both[0])
    case 2: return Size2D(height: both[0], width: both[1])
    default:
      throw context.refuse(
        "it has \(both.count) numbers for `\(name)`, expected one or a height and a width", at: name)
    }
  }

  // MARK: Positions

  enum Rounding { case floor, ceiling }

  /// Where the window comes to lie.
  struct Positions {
    var size: Size2D
    /// Whether it fits without rounding.
    var isExact: Bool
  }

  /// The positions along both sides. Rounded up, a last window that would start in the padding behind the image is
  /// dropped, which is how a spec has it, too.
  func positions(_ context: LayerContext, over size: Size2D, _ rounding: Rounding) throws(Refusal)
    -> Positions
  {
    let (rows, hasRows) = try side(
      context, size.height, kernel.height, stride.height, padding.height, dilation.height, rounding)
    let (columns, hasColumns) = try side(
      context, size.width, kernel.width, stride.width, padding.width, dilation.width, rounding)
    return Positions(size: Size2D(height: rows, width: columns), isExact: hasRows && hasColumns)
  }

  private func side(
    _ context: LayerContext, _ length: Int, _ kernel: Int, _ stride: Int, _ pad: Int, _ dilation: Int,
    _ rounding: Rounding
  ) throws(Refusal) -> (count: Int, isExact: Bool) {
    let extent = CheckedInteger(dilation) * (kernel - 1) + 1
    guard let room = (CheckedInteger(length) + pad + pad - extent).value else {
      throw context.refuse("its window is past 64 bits")
    }
    guard room >= 0 else {
      throw context.damaged(
        "its window of \(extent.value ?? 0) is larger than its bottom's side of \(length)")
    }
    var count = room / stride + 1
    if rounding == .ceiling, room % stride != 0 {
      if count * stride < length + pad {
        count += 1
      } else if padding == Size2D(0) {
        // Caffe drops such a window only where there is padding.
        throw context.refuse("its last window lies outside of the image")
      }
    }
    return (count, room % stride == 0)
  }

  var pads: Padding {
    Padding(top: padding.height, bottom: padding.height, left: padding.width, right: padding.width)
  }
}
