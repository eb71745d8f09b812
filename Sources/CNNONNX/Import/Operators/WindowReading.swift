import CNNGraph
import CNNImport
import CNNSpec

/// Reads a node's window: kernel, strides, padding and dilation, as its attributes say them, for an input of two spatial
/// dimensions, or of one, the width.
enum WindowReading {
  static let attributes: Set<String> = ["auto_pad", "dilations", "kernel_shape", "pads", "strides"]

  /// - Parameters:
  ///   - weight: the kernel's size where `kernel_shape` is left out.
  ///   - input: height and width, for `auto_pad`.
  ///   - isLine: whether there is a width only.
  static func window(
    _ node: NodeContext, weight: Size2D? = nil, input: Size2D, isLine: Bool
  ) throws(Refusal) -> Window2D {
    guard let kernel = try size(node, "kernel_shape", isLine) ?? weight else {
      throw node.refuse("`kernel_shape` is missing")
    }
    if let weight, weight != kernel {
      throw node.refuse("its `kernel_shape` is \(kernel), its weights are \(weight)")
    }
    var window = Window2D(
      kernel: kernel, stride: try size(node, "strides", isLine) ?? Size2D(1),
      padding: try explicitPadding(node, isLine), dilation: try size(node, "dilations", isLine) ?? Size2D(1))
    switch try node.string("auto_pad", default: "NOTSET") {
    case "NOTSET": break
    case "VALID": window.padding = .none
    case "SAME_UPPER": window.padding = try samePadding(node, window, input, isUpper: true)
    case "SAME_LOWER": window.padding = try samePadding(node, window, input, isUpper: false)
    case let other: throw node.refuse("`auto_pad` is `\(other)`")
    }
    return window
  }

  /// - Parameter other: the height where there is a width only.
  static func size(
    _ node: NodeContext, _ name: String, _ isLine: Bool, from least: Int = 1, height other: Int = 1
  ) throws(Refusal) -> Size2D? {
    guard let given = try node.integers(name) else { return nil }
    let sides = isLine && given.count == 1 ? [other] + given : given
    guard sides.count == 2, given.count == (isLine ? 1 : 2),
      given.allSatisfy({ $0 >= least && $0 <= Int(Int32.max) })
    else {
      throw node.refuse("`\(name)` is \(given), expected a height and a width from \(least)")
    }
    return Size2D(height: sides[0], width: sides[1])
  }

  /// `pads` has the beginnings of all sides first: top, left, bottom, right.
  private static func explicitPadding(_ node: NodeContext, _ isLine: Bool) throws(Refusal) -> Padding {
    guard var pads = try node.integers("pads") else { return .none }
    if isLine, pads.count == 2 { pads = [0, pads[0], 0, pads[1]] }
    guard pads.count == 4, pads.allSatisfy({ $0 >= 0 && $0 <= Int(Int32.max) }) else {
      throw node.refuse("`pads` is \(pads), expected four numbers from 0")
    }
    return Padding(top: pads[0], bottom: pads[2], left: pads[1], right: pads[3])
  }

  /// The padding with which ceil(W1/S) windows fit; the odd pixel goes right and bottom, or left and top.
  private static func samePadding(
    _ node: NodeContext, _ window: Window2D, _ size: Size2D, isUpper: Bool
  ) throws(Refusal) -> Padding {
    let (kernel, stride, dilation) = (window.kernel, window.stride, window.dilation)
    func side(_ length: Int, _ kernel: Int, _ stride: Int, _ dilation: Int) throws(Refusal) -> (Int, Int) {
      let last = (length - 1) / stride * stride
      let extent = CheckedInteger(dilation) * (kernel - 1) + 1
      guard let total = (extent + last - length).value else {
        throw node.refuse("its window is past 64 bits")
      }
      let small = max(total, 0) / 2
      return isUpper ? (small, max(total, 0) - small) : (max(total, 0) - small, small)
    }
    let (top, bottom) = try side(size.height, kernel.height, stride.height, dilation.height)
    let (left, right) = try side(size.width, kernel.width, stride.width, dilation.width)
    return Padding(top: top, bottom: bottom, left: left, right: right)
  }
}

extension NodeContext {
  /// Where a window comes to lie on an image.
  func positions(
    of window: Window2D, over size: Size2D, roundingUp isCeiling: Bool = false
  ) throws(Refusal) -> WindowPositions {
    do throws(WindowMisfit) {
      return try window.positions(over: size, roundingUp: isCeiling)
    } catch {
      switch error {
      case .overflow: throw refuse("its window is past 64 bits")
      case .tooLarge(let extent, let side):
        throw refuse("its window of \(extent) is larger than its input's side of \(side) and its padding")
      }
    }
  }
}
