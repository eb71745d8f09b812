import CNNGraph
import CNNImport
import CNNSpec

/// Reads the window of a layer, kernel, stride, padding and dilation, as its fields say them: one number for both
/// directions, or two, or `kernel_h` and `kernel_w`.
enum CaffeWindow {
  static let fields: Set<String> = [
    "kernel_size", "kernel_h", "kernel_w", "stride", "stride_h", "stride_w", "pad", "pad_h", "pad_w",
  ]

  static func window(_ context: LayerContext) throws(Refusal) -> Window2D {
    guard let kernel = try size(context, "kernel_size", "kernel", 1) else {
      throw context.damaged("it has no `kernel_size`")
    }
    let pads = try size(context, "pad", "pad", 0) ?? Size2D(0)
    return Window2D(
      kernel: kernel, stride: try size(context, "stride", "stride", 1) ?? Size2D(1),
      padding: Padding(top: pads.height, bottom: pads.height, left: pads.width, right: pads.width),
      dilation: try size(context, "dilation", nil, 1) ?? Size2D(1))
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
}

extension LayerContext {
  /// Where a window comes to lie on an image.
  func positions(
    of window: Window2D, over size: Size2D, roundingUp isCeiling: Bool = false
  ) throws(Refusal) -> WindowPositions {
    let positions: WindowPositions
    do throws(WindowMisfit) {
      positions = try window.positions(over: size, roundingUp: isCeiling)
    } catch {
      switch error {
      case .overflow: throw refuse("its window is past 64 bits")
      case .tooLarge(let extent, let side):
        throw damaged("its window of \(extent) is larger than its bottom's side of \(side) and its padding")
      }
    }
    // Caffe drops such a window only where there is padding.
    if positions.hasDropped, window.padding == .none {
      throw refuse("its last window lies outside of the image")
    }
    return positions
  }
}
