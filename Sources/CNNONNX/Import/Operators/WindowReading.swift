import CNNGraph
import CNNSpec

/// Kernel, strides, padding and dilation of a node, as its attributes say them, for an input of two spatial dimensions, or
/// of one, the width.
struct WindowReading {
  var kernel: Size2D
  var stride: Size2D
  var dilation: Size2D
  var padding: Padding

  static let attributes: Set<String> = ["auto_pad", "dilations", "kernel_shape", "pads", "strides"]

  /// - Parameters:
  ///   - weight: the kernel's size where `kernel_shape` is left out.
  ///   - input: height and width, for `auto_pad`.
  ///   - isLine: whether there is a width only.
  init(
    _ node: NodeContext, weight: Size2D? = nil, input: Size2D, isLine: Bool
  ) throws(Refusal) {
    guard let kernel = try Self.size(node, "kernel_shape", isLine) ?? weight else {
      throw node.refuse("`kernel_shape` is missing")
    }
    if let weight, weight != kernel {
      throw node.refuse("its `kernel_shape` is \(kernel), its weights are \(weight)")
    }
    self.kernel = kernel
    stride = try Self.size(node, "strides", isLine) ?? Size2D(1)
    dilation = try Self.size(node, "dilations", isLine) ?? Size2D(1)
    padding = try Self.explicitPadding(node, isLine)
    switch try node.string("auto_pad", default: "NOTSET") {
    case "NOTSET": break
    case "VALID": padding = .none
    case "SAME_UPPER": padding = try samePadding(node, input, isUpper: true)
    case "SAME_LOWER": padding = try samePadding(node, input, isUpper: false)
    case let other: throw node.refuse("`auto_pad` is `\(other)`")
    }
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
  private func samePadding(_ node: NodeContext, _ size: Size2D, isUpper: Bool) throws(Refusal) -> Padding {
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

  /// One direction of the window: how many positions it has, and whether the last row is one that no window reads or
  /// that `ceil` adds.
  private struct Side {
    var positions: Int
    var isExact: Bool
  }

  private func side(
    _ node: NodeContext, _ length: Int, _ kernel: Int, _ stride: Int, _ dilation: Int, _ before: Int,
    _ after: Int, isCeiling: Bool
  ) throws(Refusal) -> Side {
    let extent = CheckedInteger(dilation) * (kernel - 1) + 1
    guard let room = (CheckedInteger(length) + before + after - extent).value else {
      throw node.refuse("its window is past 64 bits")
    }
    guard room >= 0 else { throw node.refuse("its window is larger than its input") }
    var positions = room / stride + 1
    // A window that would start in the padding behind the image is dropped, as ONNX says since opset 22; before, it
    // said nothing of it.
    if isCeiling, room % stride != 0, positions * stride < length + before { positions += 1 }
    return Side(positions: positions, isExact: room % stride == 0)
  }

  /// Height and width of the output, and whether the window had to be rounded.
  func positions(
    _ node: NodeContext, over size: Size2D, isCeiling: Bool = false
  ) throws(Refusal) -> (size: Size2D, isExact: Bool) {
    let rows = try side(
      node, size.height, kernel.height, stride.height, dilation.height, padding.top, padding.bottom,
      isCeiling: isCeiling)
    let columns = try side(
      node, size.width, kernel.width, stride.width, dilation.width, padding.left, padding.right,
      isCeiling: isCeiling)
    return (
      Size2D(height: rows.positions, width: columns.positions), rows.isExact && columns.isExact
    )
  }
}
