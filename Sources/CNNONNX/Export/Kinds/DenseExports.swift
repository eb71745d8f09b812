import CNNGraph

/// Layers that see their whole input at once: what they return is flat.
enum DenseExports {
  static let rules: [String: ExportTable.Rule] = ["fc": fc, "rbf": rbf]

  static func fc(_ layer: LayerExport) -> ExportTable.Dimensions {
    var inputs = [layer.flat(), layer.parameter("weight")]
    if layer.hasParameter("bias") { inputs.append(layer.parameter("bias")) }
    layer.last("Gemm", inputs, [.init("transB", .integer(1))])
    return .flat
  }

  /// The sum of squares of x - centers, [N, 1, D] - [units, D].
  static func rbf(_ layer: LayerExport) -> ExportTable.Dimensions {
    let row = layer.part(
      "row", "Reshape", [layer.inputs[0].name, layer.integers("row_shape", [0, 1, layer.inputShape.count])])
    let difference = layer.part("difference", "Sub", [row, layer.parameter("centers")])
    layer.last(
      "ReduceSumSquare", [difference], [.init("axes", .integers([2])), .init("keepdims", .integer(0))])
    return .flat
  }
}
