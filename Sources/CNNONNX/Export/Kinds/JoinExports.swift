import CNNGraph

/// Where branches meet.
enum JoinExports {
  static let rules: [String: ExportTable.Rule] = ["add": add, "concat": concat, "multiply": multiply]

  /// The inputs with as many dimensions each.
  private static func branches(_ layer: LayerExport) -> (names: [String], ExportTable.Dimensions) {
    if layer.inputs.allSatisfy(\.isFlat) { return (layer.inputs.map(\.name), .flat) }
    return (layer.inputs.indices.map { layer.image($0) }, .image)
  }

  static func add(_ layer: LayerExport) -> ExportTable.Dimensions {
    let (names, dimensions) = branches(layer)
    switch names.count {
    case 1: layer.last("Identity", names)
    case 2: layer.last("Add", names)
    default: layer.last("Sum", names)
    }
    return dimensions
  }

  static func concat(_ layer: LayerExport) -> ExportTable.Dimensions {
    let (names, dimensions) = branches(layer)
    layer.last("Concat", names, [.init("axis", .integer(1))])
    return dimensions
  }

  /// One product after the other, those of the largest shape first, which is the order of the engine.
  static func multiply(_ layer: LayerExport) -> ExportTable.Dimensions {
    guard let output = layer.layer.outputShape else { preconditionFailure("it is checked") }
    let order =
      layer.inputs.indices.filter { layer.inputs[$0].shape == output }
      + layer.inputs.indices.filter { layer.inputs[$0].shape != output }
    let names = order.map { layer.image($0) }
    var product = names[0]
    for (index, name) in names.enumerated().dropFirst() {
      if index == names.count - 1 {
        layer.last("Mul", [product, name])
      } else {
        product = layer.part("product\(index)", "Mul", [product, name])
      }
    }
    return .image
  }
}
