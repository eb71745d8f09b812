import CNNGraph
import CNNSpec

/// Functions of each element, and softmax over the channels: their values keep the dimensions.
enum FunctionExports {
  static let rules: [String: ExportTable.Rule] = [
    "relu": { node($0, "Relu") },
    "sigmoid": { node($0, "Sigmoid") },
    "tanh": { node($0, "Tanh") },
    "hardswish": { node($0, "HardSwish") },
    "softmax": { node($0, "Softmax", [.init("axis", .integer(1))]) },
    "log_softmax": { node($0, "LogSoftmax", [.init("axis", .integer(1))]) },
    "hardsigmoid": { node($0, "HardSigmoid", [.init("alpha", .float(1 / 6)), .init("beta", .float(0.5))]) },
    "leaky_relu": leakyReLU, "elu": elu, "relu6": relu6, "prelu": prelu,
    "scaled_tanh": scaledTanh, "gelu": gelu, "silu": silu,
  ]

  private static func dimensions(_ layer: LayerExport) -> ExportTable.Dimensions {
    layer.inputs[0].isFlat ? .flat : .image
  }

  private static func node(
    _ layer: LayerExport, _ operatorType: String, _ attributes: [AttributeProto] = []
  ) -> ExportTable.Dimensions {
    layer.last(operatorType, [layer.inputs[0].name], attributes)
    return dimensions(layer)
  }

  static func leakyReLU(_ layer: LayerExport) -> ExportTable.Dimensions {
    guard case .activation(.leakyReLU(let slope)) = layer.op else { preconditionFailure("\(layer.op)") }
    return node(layer, "LeakyRelu", [.init("alpha", .float(Float(slope)))])
  }

  static func elu(_ layer: LayerExport) -> ExportTable.Dimensions {
    guard case .activation(.elu(let alpha)) = layer.op else { preconditionFailure("\(layer.op)") }
    return node(layer, "Elu", [.init("alpha", .float(Float(alpha)))])
  }

  static func relu6(_ layer: LayerExport) -> ExportTable.Dimensions {
    layer.last("Clip", [layer.inputs[0].name, layer.number("min", 0), layer.number("max", 6)])
    return dimensions(layer)
  }

  static func prelu(_ layer: LayerExport) -> ExportTable.Dimensions {
    layer.last("PRelu", [layer.image(), layer.parameter("weight", [layer.inputShape.channels, 1, 1])])
    return .image
  }

  /// 1.7159 tanh(2x/3)
  static func scaledTanh(_ layer: LayerExport) -> ExportTable.Dimensions {
    let scaled = layer.part("scaled", "Mul", [layer.inputs[0].name, layer.number("slope", 2.0 / 3)])
    let tanh = layer.part("tanh", "Tanh", [scaled])
    layer.last("Mul", [tanh, layer.number("amplitude", 1.7159)])
    return dimensions(layer)
  }

  /// x * (erf(x / sqrt 2) + 1) / 2, in the order in which PyTorch writes it.
  static func gelu(_ layer: LayerExport) -> ExportTable.Dimensions {
    let x = layer.inputs[0].name
    let scaled = layer.part("scaled", "Div", [x, layer.number("root", 2.0.squareRoot())])
    let erf = layer.part("erf", "Erf", [scaled])
    let sum = layer.part("sum", "Add", [erf, layer.number("one", 1)])
    let product = layer.part("product", "Mul", [x, sum])
    layer.last("Mul", [product, layer.number("half", 0.5)])
    return dimensions(layer)
  }

  /// x * sigmoid(x)
  static func silu(_ layer: LayerExport) -> ExportTable.Dimensions {
    let x = layer.inputs[0].name
    layer.last("Mul", [x, layer.part("sigmoid", "Sigmoid", [x])])
    return dimensions(layer)
  }
}
