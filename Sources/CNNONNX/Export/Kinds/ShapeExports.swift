import CNNGraph
import CNNSpec

/// Layers that move elements.
enum ShapeExports {
  static let rules: [String: ExportTable.Rule] = [
    "flatten": flatten, "reshape": reshape, "pad": pad, "crop": crop, "upsample": upsample,
    "channel_shuffle": channelShuffle, "identity": identity,
  ]

  static func identity(_ layer: LayerExport) -> ExportTable.Dimensions {
    layer.last("Identity", [layer.inputs[0].name])
    return layer.inputs[0].isFlat ? .flat : .image
  }

  static func flatten(_ layer: LayerExport) -> ExportTable.Dimensions {
    layer.last("Flatten", [layer.inputs[0].name])
    return .flat
  }

  /// A shape's first dimension of 0 is the batch.
  private static func sides(_ shape: Shape) -> [Int] { [0, shape.channels, shape.height, shape.width] }

  static func reshape(_ layer: LayerExport) -> ExportTable.Dimensions {
    guard case .reshape(let op) = layer.op else { preconditionFailure("\(layer.op)") }
    layer.last("Reshape", [layer.inputs[0].name, layer.integers("shape", sides(op.shape))])
    return .image
  }

  static func pad(_ layer: LayerExport) -> ExportTable.Dimensions {
    guard case .pad2d(let op) = layer.op else { preconditionFailure("\(layer.op)") }
    let pads = [
      0, op.channelsBefore, op.padding.top, op.padding.left, 0, op.channelsAfter, op.padding.bottom,
      op.padding.right,
    ]
    layer.last("Pad", [layer.image(), layer.integers("pads", pads)])
    return .image
  }

  static func crop(_ layer: LayerExport) -> ExportTable.Dimensions {
    guard case .crop2d(let op) = layer.op else { preconditionFailure("\(layer.op)") }
    layer.last(
      "Slice",
      [
        layer.image(), layer.integers("starts", [op.offsetTop, op.offsetLeft]),
        layer.integers("ends", [op.offsetTop + op.size.height, op.offsetLeft + op.size.width]),
        layer.integers("axes", [2, 3]),
      ])
    return .image
  }

  static func upsample(_ layer: LayerExport) -> ExportTable.Dimensions {
    guard case .upsample2d(let op) = layer.op else { preconditionFailure("\(layer.op)") }
    let scales = layer.floats("scales", [1, 1, Float(op.factor.height), Float(op.factor.width)])
    let attributes: [AttributeProto] =
      switch op.mode {
      case .nearest:
        [
          .init("mode", .string("nearest")), .init("coordinate_transformation_mode", .string("asymmetric")),
          .init("nearest_mode", .string("floor")),
        ]
      case .bilinear:
        [.init("mode", .string("linear")), .init("coordinate_transformation_mode", .string("half_pixel"))]
      }
    layer.last("Resize", [layer.image(), "", scales], attributes)
    return .image
  }

  /// The channels as a matrix, transposed.
  static func channelShuffle(_ layer: LayerExport) -> ExportTable.Dimensions {
    guard case .channelShuffle(let op) = layer.op else { preconditionFailure("\(layer.op)") }
    let shape = layer.inputShape
    let matrix = layer.part(
      "matrix", "Reshape",
      [
        layer.image(),
        layer.integers(
          "matrix_shape", [0, op.groups, shape.channels / op.groups, shape.height, shape.width]),
      ])
    let transposed = layer.part(
      "transposed", "Transpose", [matrix], [.init("perm", .integers([0, 2, 1, 3, 4]))])
    layer.last("Reshape", [transposed, layer.integers("shape", sides(shape))])
    return .image
  }
}
