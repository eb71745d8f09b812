import CNNGraph
import CNNImport
import CNNSpec

/// Conv and ConvTranspose, of two spatial dimensions, with constant weights.
enum ConvolutionRules {
  static let all = [
    OperatorRule(
      "Conv", WindowReading.attributes.union(["group"]),
      limits: "one or two spatial dimensions, constant weights",
      conv),
    OperatorRule(
      "ConvTranspose", WindowReading.attributes.union(["group", "output_padding", "output_shape"]),
      limits:
        "one or two spatial dimensions, constant weights, `output_padding` below the stride",
      deconv),
  ]

  /// The bias, if there is one: a float a filter.
  private static func bias(_ node: NodeContext, _ filters: Int) throws(Refusal) -> ImportedLayer.Tensor? {
    guard let bias = try node.optionalConstant(2) else { return nil }
    guard bias.dimensions == [filters], let values = bias.floats else {
      throw node.refuse("its bias is \(bias.dimensions), expected [\(filters)]")
    }
    return .init("bias", [filters], values)
  }

  /// The weights, of four dimensions that are all positive.
  private static func weights(
    _ node: NodeContext, _ isLine: Bool
  ) throws(Refusal) -> (dimensions: [Int], values: FloatSource) {
    var weights = try node.floatConstant(1)
    guard weights.dimensions.count == (isLine ? 3 : 4), weights.dimensions.allSatisfy({ $0 > 0 }) else {
      throw node.refuse("its weights are \(weights.dimensions), expected filters x channels x height x width")
    }
    if isLine { weights.dimensions.insert(1, at: 2) }
    return weights
  }

  static func conv(_ node: NodeContext) throws(Refusal) {
    let x = try node.activation(0)
    let (source, shape) = try node.image(x)
    let isLine = x.dimensions.count == 3
    let (dimensions, values) = try weights(node, isLine)
    let (filters, groups) = (dimensions[0], try node.integer("group", default: 1))
    guard groups > 0, shape.channels % groups == 0, shape.channels / groups == dimensions[1],
      filters % groups == 0
    else {
      throw node.refuse("its weights \(dimensions) in \(groups) groups do not fit \(shape.channels) channels")
    }
    let bias = try bias(node, filters)
    let window = try WindowReading.window(
      node, weight: Size2D(height: dimensions[2], width: dimensions[3]), input: shape.size, isLine: isLine)
    let positions = try node.positions(of: window, over: shape.size)
    guard let output = Shape.checked(filters, positions.size.height, positions.size.width) else {
      throw node.refuse("its output is past 64 bits")
    }
    let tensors = [ImportedLayer.Tensor("weight", dimensions, values)] + (bias.map { [$0] } ?? [])
    let made = node.add(
      .conv(
        source, shape, groups: groups, window, tensors: tensors, shape: output, isExact: positions.isExact),
      namedAfter: 1)
    node.setOutput(Activation(made, output, node.dimensions(of: output, like: x)))
  }

  static func deconv(_ node: NodeContext) throws(Refusal) {
    let x = try node.activation(0)
    let (source, shape) = try node.image(x)
    let isLine = x.dimensions.count == 3
    let (dimensions, values) = try weights(node, isLine)
    let groups = try node.integer("group", default: 1)
    guard groups > 0, shape.channels % groups == 0, shape.channels == dimensions[0],
      let filters = (CheckedInteger(dimensions[1]) * groups).value
    else {
      throw node.refuse("its weights \(dimensions) in \(groups) groups do not fit \(shape.channels) channels")
    }
    let bias = try bias(node, filters)
    let size = Size2D(height: dimensions[2], width: dimensions[3])
    // With stride 1 the reading's own `auto_pad` would be a convolution's.
    var window = try WindowReading.window(node, weight: size, input: Size2D(1), isLine: isLine)
    let (weight, kernel) = try dilated(node, values, dimensions, by: window.dilation)
    (window.kernel, window.dilation) = (kernel, Size2D(1))
    var extra = try WindowReading.size(node, "output_padding", isLine, from: 0, height: 0) ?? Size2D(0)
    try fitOutput(node, shape.size, isLine, &window, &extra)
    guard extra.height < window.stride.height, extra.width < window.stride.width else {
      throw node.refuse("its `output_padding` \(extra) is not below its stride \(window.stride)")
    }
    let area = window.transposedSize(of: shape.size, extra: extra)
    guard let output = Shape.checked(filters, area?.height, area?.width) else {
      throw node.refuse("its output has no elements, or is past 64 bits")
    }
    let tensors =
      [ImportedLayer.Tensor("weight", [dimensions[0], dimensions[1], kernel.height, kernel.width], weight)]
      + (bias.map { [$0] } ?? [])
    let made = node.add(
      .deconv(source, groups: groups, window, extra: extra, tensors: tensors, shape: output), namedAfter: 1)
    node.setOutput(Activation(made, output, node.dimensions(of: output, like: x)))
  }

  /// Weights with zeros in the gaps that a dilation leaves, and the kernel's size with them.
  private static func dilated(
    _ node: NodeContext, _ weights: FloatSource, _ dimensions: [Int], by dilation: Size2D
  ) throws(Refusal) -> (weights: FloatSource, kernel: Size2D) {
    let kernel = Size2D(height: dimensions[2], width: dimensions[3])
    if dilation == Size2D(1) { return (weights, kernel) }
    guard let height = (CheckedInteger(dilation.height) * (kernel.height - 1) + 1).value,
      let width = (CheckedInteger(dilation.width) * (kernel.width - 1) + 1).value
    else { throw node.refuse("its window is past 64 bits") }
    // Zeros are numbers that no file holds.
    let count = try node.builder.countMade([dimensions[0], dimensions[1], height, width])
    var values = [Float](repeating: 0, count: count)
    for (index, value) in weights.values().enumerated() {
      let (row, column) = (index / kernel.width % kernel.height, index % kernel.width)
      let plane = index / (kernel.width * kernel.height)
      values[(plane * height + row * dilation.height) * width + column * dilation.width] = value
    }
    return (.values(values), Size2D(height: height, width: width))
  }

  /// The padding with which the output has the size that `output_shape`, or `auto_pad`, asks for:
  /// S(W1 - 1) + F + output_padding - W2 of it in all.
  private static func fitOutput(
    _ node: NodeContext, _ input: Size2D, _ isLine: Bool, _ window: inout Window2D,
    _ extra: inout Size2D
  ) throws(Refusal) {
    let mode = try node.string("auto_pad", default: "NOTSET")
    let asked: Size2D
    if let given = try WindowReading.size(node, "output_shape", isLine) {
      asked = given
    } else if mode.hasPrefix("SAME") {
      guard let height = (CheckedInteger(input.height) * window.stride.height).value,
        let width = (CheckedInteger(input.width) * window.stride.width).value
      else { throw node.refuse("its output is past 64 bits") }
      asked = Size2D(height: height, width: width)
    } else {
      return
    }
    func pads(
      _ length: Int, _ kernel: Int, _ stride: Int, _ extra: inout Int, _ wanted: Int
    ) throws(Refusal) -> (Int, Int) {
      guard let total = (CheckedInteger(length - 1) * stride + kernel + extra - wanted).value else {
        throw node.refuse("its output is past 64 bits")
      }
      // More than without padding: rows at the bottom, columns at the right, as `output_shape` asks for. `auto_pad` has
      // no such rule: ONNX's reference puts them on both sides, its shape inference and ONNX Runtime leave them out.
      if total < 0 {
        guard !mode.hasPrefix("SAME") else {
          throw node.refuse(
            "`auto_pad` \(mode) with a window below its stride has no one meaning; state `pads`")
        }
        extra -= total
        return (0, 0)
      }
      return mode == "SAME_UPPER" ? (total / 2, total - total / 2) : (total - total / 2, total / 2)
    }
    let (top, bottom) = try pads(
      input.height, window.kernel.height, window.stride.height, &extra.height, asked.height)
    let (left, right) = try pads(
      input.width, window.kernel.width, window.stride.width, &extra.width, asked.width)
    window.padding = Padding(top: top, bottom: bottom, left: left, right: right)
  }
}
