import CNNGraph
import CNNSpec

/// Convolutions and pools.
enum WindowExports {
  static let rules: [String: ExportTable.Rule] = [
    "conv": conv, "depthwise": conv, "deconv": deconv, "maxpool": maxPool, "avgpool": averagePool,
    "globalavgpool": { global($0, "GlobalAveragePool") }, "globalmaxpool": { global($0, "GlobalMaxPool") },
    "subsample": subsample, "unpool": unpool,
  ]

  private static func sizes(_ name: String, _ size: Size2D) -> AttributeProto {
    AttributeProto(name, .integers([size.height, size.width]))
  }

  /// `pads` has the beginnings of all sides first.
  private static func pads(_ padding: Padding) -> AttributeProto {
    AttributeProto("pads", .integers([padding.top, padding.left, padding.bottom, padding.right]))
  }

  /// Padding that ONNX can say. What the check has left out at the bottom and the right because no window reads it, less
  /// than a stride, ONNX leaves out by itself: it rounds down.
  private static func padding(_ window: Window2D) -> Padding {
    let pads = window.padding
    precondition(
      pads.top >= 0 && pads.left >= 0 && pads.bottom > -window.stride.height
        && pads.right > -window.stride.width, "no window is cut so")
    return Padding(top: pads.top, bottom: max(0, pads.bottom), left: pads.left, right: max(0, pads.right))
  }

  private static func attributes(_ window: Window2D) -> [AttributeProto] {
    let dilations = window.dilation == Size2D(1) ? [] : [sizes("dilations", window.dilation)]
    return [sizes("kernel_shape", window.kernel), sizes("strides", window.stride), pads(padding(window))]
      + dilations
  }

  private static func bias(_ layer: LayerExport) -> [String] {
    layer.hasParameter("bias") ? [layer.parameter("bias")] : []
  }

  static func conv(_ layer: LayerExport) -> ExportTable.Dimensions {
    guard case .conv2d(let op) = layer.op else { preconditionFailure("\(layer.op)") }
    let weight = layer.parameter("weight", connections: op.connections)
    layer.last(
      "Conv", [layer.image(), weight] + bias(layer),
      attributes(op.window) + [.init("group", .integer(op.groups))])
    return .image
  }

  static func deconv(_ layer: LayerExport) -> ExportTable.Dimensions {
    guard case .deconv2d(let op) = layer.op else { preconditionFailure("\(layer.op)") }
    layer.last(
      "ConvTranspose", [layer.image(), layer.parameter("weight")] + bias(layer),
      [
        sizes("kernel_shape", op.kernel), sizes("strides", op.stride), pads(op.padding),
        sizes("output_padding", op.outputPadding), .init("group", .integer(op.groups)),
      ])
    return .image
  }

  // MARK: Pools

  static func maxPool(_ layer: LayerExport) -> ExportTable.Dimensions {
    guard case .pool2d(let op) = layer.op else { preconditionFailure("\(layer.op)") }
    var indices: [String] = []
    if layer.isUnpooled {
      indices = [layer.builder.unique("\(layer.name).indices")]
      layer.builder.setIndices(of: layer.index, indices[0])
    }
    layer.last("MaxPool", [layer.image()], attributes(op.window), besides: indices)
    return .image
  }

  static func averagePool(_ layer: LayerExport) -> ExportTable.Dimensions {
    guard case .pool2d(let op) = layer.op, case .average(let counted) = op.mode else {
      preconditionFailure("\(layer.op)")
    }
    let (window, own) = (op.window, op.window.padding)
    let isCounted = counted != .none
    // With more rows than the counted ones at the bottom or the right, the window was rounded up.
    let isCeiling = isCounted && (own.bottom > counted.bottom || own.right > counted.right)
    var result = attributes(window)
    if isCounted { result[2] = pads(counted) }
    if isCeiling { result.append(.init("ceil_mode", .integer(1))) }
    result.append(.init("count_include_pad", .integer(isCounted ? 1 : 0)))
    layer.last("AveragePool", [layer.image()], result)
    return .image
  }

  static func global(_ layer: LayerExport, _ operatorType: String) -> ExportTable.Dimensions {
    layer.last(operatorType, [layer.image()])
    return .image
  }

  /// The sum of a window, which is its mean times its area, times a weight plus a bias.
  static func subsample(_ layer: LayerExport) -> ExportTable.Dimensions {
    guard case .pool2d(let op) = layer.op else { preconditionFailure("\(layer.op)") }
    let kernel = op.window.kernel
    let mean = layer.part("mean", "AveragePool", [layer.image()], attributes(op.window))
    let sum = layer.part(
      "sum", "Mul", [mean, layer.number("area", Double(kernel.height) * Double(kernel.width))])
    let sides = [layer.inputShape.channels, 1, 1]
    let product = layer.part("product", "Mul", [sum, layer.parameter("weight", sides)])
    layer.last("Add", [product, layer.parameter("bias", sides)])
    return .image
  }

  static func unpool(_ layer: LayerExport) -> ExportTable.Dimensions {
    guard case .unpool2d(let op) = layer.op, let pool = ExportBuilder.pool(undoneBy: layer.layer),
      let indices = layer.builder.indices[pool]
    else { preconditionFailure("\(layer.op)") }
    var inputs = [layer.image(), indices]
    let pads = op.window.padding
    if pads.bottom < 0 || pads.right < 0 {
      // The size cannot be told of the window.
      inputs.append(layer.part("shape", "Shape", [layer.builder.source(of: pool)]))
    }
    layer.last("MaxUnpool", inputs, attributes(op.window))
    return .image
  }
}
