import CNNGraph
import CNNImport
import CNNSpec

/// Pools of two spatial dimensions, and those over the whole image.
enum PoolRules {
  static let all = [
    OperatorRule(
      "MaxPool", WindowReading.attributes.union(["ceil_mode", "storage_order"]),
      limits: "two spatial dimensions, no dilation, no indices"
    ) { node throws(Refusal) in
      try pool(node, "maxpool")
    },
    OperatorRule(
      "AveragePool", WindowReading.attributes.union(["ceil_mode", "count_include_pad"]),
      limits: "two spatial dimensions, no dilation"
    ) { node throws(Refusal) in try pool(node, "avgpool") },
    OperatorRule("GlobalAveragePool") { node throws(Refusal) in try globalPool(node, "globalavgpool") },
    OperatorRule("GlobalMaxPool") { node throws(Refusal) in try globalPool(node, "globalmaxpool") },
    OperatorRule(
      "ReduceMean", ["axes", "keepdims", "noop_with_empty_axes"], limits: "over height and width", reduceMean),
  ]

  private static func pool(_ node: NodeContext, _ kind: String) throws(Refusal) {
    let x = try node.activation(0)
    let (source, shape) = try node.image(x)
    let window = try WindowReading(node, input: shape.size)
    guard window.dilation == Size2D(1) else { throw node.refuse("a dilation of it is not supported") }
    // What PyTorch makes of an adaptive pool whose input has its output's size.
    if window.kernel == Size2D(1), window.stride == Size2D(1), window.padding == .none {
      return node.setOutput(x)
    }
    let isCeiling = try node.integer("ceil_mode", default: 0) != 0
    let (size, isExact) = try window.positions(node, over: shape.size, isCeiling: isCeiling)
    try checkPadding(node, window, shape.size, size)
    let isWhole =
      window.padding == .none && window.kernel == shape.size && size == Size2D(1)
    var writer = ArgumentWriter()
    if !isWhole {
      writer.kernel(window.kernel)
      writer.size("stride", window.stride, default: window.kernel)
      writer.padding(window.padding)
      if try node.integer("count_include_pad", default: 0) != 0, window.padding != .none {
        writer.named("count_pad", "yes")
      }
      if isCeiling, !isExact { writer.named("rounding", "ceil") }
    }
    let output = Shape(shape.channels, size.height, size.width)
    var layer = ImportedLayer(
      isWhole ? (kind == "maxpool" ? "globalmaxpool" : "globalavgpool") : kind, writer.arguments,
      of: [source],
      shape: output)
    layer.isRounded = !isExact && !isCeiling
    let made = node.add(layer)
    node.setOutput(Activation(made, output, [x.dimensions[0], shape.channels, size.height, size.width]))
  }

  /// Every window must see a part of the image.
  private static func checkPadding(
    _ node: NodeContext, _ window: WindowReading, _ input: Size2D, _ output: Size2D
  ) throws(Refusal) {
    let pads = window.padding
    let last = (
      (output.height - 1) * window.stride.height - pads.top,
      (output.width - 1) * window.stride.width - pads.left
    )
    guard pads.top < window.kernel.height, pads.left < window.kernel.width, last.0 < input.height,
      last.1 < input.width
    else { throw node.refuse("a window of it sees nothing but padding") }
  }

  private static func globalPool(_ node: NodeContext, _ kind: String) throws(Refusal) {
    let x = try node.activation(0)
    guard x.dimensions.count >= 3 else { throw node.refuse("its input has no height and width") }
    let (source, shape) = try node.channels(x)
    let made = node.add(ImportedLayer(kind, of: [source], shape: Shape(shape.channels, 1, 1)))
    let ones = [Int](repeating: 1, count: x.dimensions.count - 2)
    node.setOutput(
      Activation(made, Shape(shape.channels, 1, 1), [x.dimensions[0], shape.channels] + ones))
  }

  /// An attribute until opset 17, an input since.
  static func reduceMean(_ node: NodeContext) throws(Refusal) {
    let x = try node.activation(0)
    let rank = x.dimensions.count
    let isAttribute = node.operatorSet < 18
    let given = isAttribute ? try node.integers("axes") : try node.optionalIntegers(1)
    var axes: Set<Int> = []
    for axis in given ?? [] { axes.insert(try node.axis(axis, of: rank)) }
    guard rank > 2, axes == Set(2..<rank) else {
      throw node.refuse("only the mean over all dimensions behind the channels is supported")
    }
    let (source, shape) = try node.channels(x)
    let output = Shape(shape.channels, 1, 1)
    let made = node.add(ImportedLayer("globalavgpool", of: [source], shape: output))
    let keeps = try node.integer("keepdims", default: 1) != 0
    let ones = [Int](repeating: 1, count: keeps ? rank - 2 : 0)
    node.setOutput(Activation(made, output, [x.dimensions[0], shape.channels] + ones))
  }
}
