import CNNGraph

/// Normalisation, the learned factor a channel, and dropout.
enum NormalizationExports {
  static let rules: [String: ExportTable.Rule] = [
    "bn": batchNorm, "scale": scale, "lrn": lrn, "dropout": dropout,
  ]

  static func batchNorm(_ layer: LayerExport) -> ExportTable.Dimensions {
    guard case .batchNorm(let op) = layer.op else { preconditionFailure("\(layer.op)") }
    let parameters = ["weight", "bias", "running_mean", "running_var"].map { layer.parameter($0) }
    // ONNX's momentum is the share of the old statistics, a spec's that of the batch's.
    layer.last(
      "BatchNormalization", [layer.inputs[0].name] + parameters,
      [.init("epsilon", .float(Float(op.epsilon))), .init("momentum", .float(Float(1 - op.momentum)))])
    return layer.inputs[0].isFlat ? .flat : .image
  }

  static func scale(_ layer: LayerExport) -> ExportTable.Dimensions {
    let sides = [layer.inputShape.channels, 1, 1]
    let product = layer.part("product", "Mul", [layer.image(), layer.parameter("weight", sides)])
    layer.last("Add", [product, layer.parameter("bias", sides)])
    return .image
  }

  /// ONNX divides alpha by the size. With an even size its window has the extra channel behind the middle, a spec's has
  /// it before: that is said by a mean over rows of channels.
  static func lrn(_ layer: LayerExport) -> ExportTable.Dimensions {
    guard case .localResponseNorm(let op) = layer.op else { preconditionFailure("\(layer.op)") }
    let alpha = op.alpha * Double(op.size)
    guard op.size % 2 == 0 else {
      layer.last(
        "LRN", [layer.image()],
        [
          .init("size", .integer(op.size)), .init("alpha", .float(Float(alpha))),
          .init("beta", .float(Float(op.beta))), .init("bias", .float(Float(op.k))),
        ])
      return .image
    }
    let (x, shape) = (layer.image(), layer.inputShape)
    let squares = layer.part("squares", "Mul", [x, x])
    let rows = layer.part(
      "rows", "Reshape", [squares, layer.integers("rows_shape", [0, 1, shape.channels, shape.area])])
    let means = layer.part(
      "means", "AveragePool", [rows],
      [
        .init("kernel_shape", .integers([op.size, 1])), .init("strides", .integers([1, 1])),
        .init("pads", .integers([op.size / 2, 0, (op.size - 1) / 2, 0])),
        .init("count_include_pad", .integer(1)),
      ])
    let image = layer.part(
      "image", "Reshape",
      [means, layer.integers("image_shape", [0, shape.channels, shape.height, shape.width])])
    let scaled = layer.part("scaled", "Mul", [image, layer.number("alpha", alpha)])
    let sum = layer.part("sum", "Add", [scaled, layer.number("k", op.k)])
    let power = layer.part("power", "Pow", [sum, layer.number("beta", op.beta)])
    layer.last("Div", [x, power])
    return .image
  }

  static func dropout(_ layer: LayerExport) -> ExportTable.Dimensions {
    guard case .dropout(let op) = layer.op else { preconditionFailure("\(layer.op)") }
    layer.last("Dropout", [layer.inputs[0].name, layer.number("ratio", op.rate)])
    return layer.inputs[0].isFlat ? .flat : .image
  }
}
