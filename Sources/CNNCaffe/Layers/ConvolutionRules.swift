import CNNGraph
import CNNImport
import CNNSpec

/// Convolutions, and products with a matrix.
enum ConvolutionRules {
  private static let shared: Set<String> = CaffeWindow.fields.union([
    "num_output", "bias_term", "group", "dilation", "axis", "force_nd_im2col", "engine", "weight_filler",
    "bias_filler",
  ])

  static let all =
    ["Convolution", "ConvolutionDepthwise", "DepthwiseConvolution"].map { name in
      LayerRule(name, "convolution_param", shared, limits: "two spatial dimensions") {
        (context) throws(Refusal) in
        try convolution(context)
      }
    } + [
      LayerRule("Deconvolution", "convolution_param", shared, limits: "two spatial dimensions, no dilation") {
        (context) throws(Refusal) in try deconvolution(context)
      },
      LayerRule(
        "InnerProduct", "inner_product_param",
        ["num_output", "bias_term", "weight_filler", "bias_filler", "axis", "transpose"],
        limits: "`axis` 1"
      ) { (context) throws(Refusal) in try innerProduct(context) },
    ]

  /// What both directions of a convolution have.
  private struct Convolution {
    var source: ImportedLayer.Source
    var input: Shape
    var window: Window2D
    var filters: Int
    var groups: Int
    var hasBias: Bool

    init(_ context: LayerContext) throws(Refusal) {
      let value = try context.input()
      guard try context.axis("axis", default: 1, of: value) == 1 else {
        throw context.refuse("channels on another axis than 1 are not supported", at: "axis")
      }
      (source, input) = try context.image()
      window = try CaffeWindow.window(context)
      filters = try ConvolutionRules.outputs(context)
      groups = try context.fields.integer("group", 1...FieldReader.largest) ?? 1
      hasBias = try context.fields.flag("bias_term") ?? true
      guard input.channels % groups == 0, filters % groups == 0 else {
        throw context.damaged(
          "\(input.channels) channels and \(filters) outputs are not in \(groups) groups", at: "group")
      }
    }

    /// The weights of some dimensions, and the bias.
    func tensors(_ context: LayerContext, _ dimensions: [Int]) -> [ImportedLayer.Tensor] {
      let wanted = [dimensions] + (hasBias ? [[filters]] : [])
      let blobs = context.builder.blobs(of: context.layer, wanted)
      return zip(["weight", "bias"], zip(wanted, blobs)).map { .init($0, $1.0, $1.1) }
    }
  }

  private static func outputs(_ context: LayerContext) throws(Refusal) -> Int {
    guard let outputs = try context.fields.integer("num_output", 1...FieldReader.largest) else {
      throw context.damaged("it has no `num_output`")
    }
    return outputs
  }

  private static func convolution(_ context: LayerContext) throws(Refusal) -> BlobValue {
    let layer = try Convolution(context)
    let (window, groups) = (layer.window, layer.groups)
    let positions = try context.positions(of: window, over: layer.input.size)
    guard let output = Shape.checked(layer.filters, positions.size.height, positions.size.width) else {
      throw context.refuse("its output is past 64 bits")
    }
    let weights = [layer.filters, layer.input.channels / groups, window.kernel.height, window.kernel.width]
    let made = ImportedLayer.conv(
      layer.source, layer.input, groups: groups, window, tensors: layer.tensors(context, weights),
      shape: output, isExact: positions.isExact)
    return BlobValue(context.add(made), output, [output.channels, output.height, output.width])
  }

  /// The size is S(W1 - 1) + F - 2P.
  private static func deconvolution(_ context: LayerContext) throws(Refusal) -> BlobValue {
    let layer = try Convolution(context)
    let (window, groups) = (layer.window, layer.groups)
    guard window.dilation == Size2D(1) else {
      throw context.refuse("a dilation of it is not supported", at: "dilation")
    }
    let size = window.transposedSize(of: layer.input.size)
    guard let output = Shape.checked(layer.filters, size?.height, size?.width) else {
      throw context.damaged("its output has no elements, or is past 64 bits")
    }
    let weights = [layer.input.channels, layer.filters / groups, window.kernel.height, window.kernel.width]
    let made = context.add(
      .deconv(
        layer.source, groups: groups, window, tensors: layer.tensors(context, weights), shape: output))
    return BlobValue(made, output, [output.channels, output.height, output.width])
  }

  /// A fully connected layer flattens what it is given, so that no `flatten` is needed in front of it.
  private static func innerProduct(_ context: LayerContext) throws(Refusal) -> BlobValue {
    let value = try context.input()
    guard try context.axis("axis", default: 1, of: value) == 1 else {
      throw context.refuse("a product from another axis than 1 on is not supported", at: "axis")
    }
    let units = try outputs(context)
    let hasBias = try context.fields.flag("bias_term") ?? true
    let isTransposed = try context.fields.flag("transpose") ?? false
    let inputs = value.base.count
    let matrix = isTransposed ? [inputs, units] : [units, inputs]
    let blobs = context.builder.blobs(of: context.layer, [matrix] + (hasBias ? [[units]] : []))
    let weights = isTransposed ? blobs[0].map { .transposed($0, rows: inputs, columns: units) } : blobs[0]
    var tensors = [ImportedLayer.Tensor("weight", [units, inputs], weights)]
    if hasBias { tensors.append(.init("bias", [units], blobs[1])) }
    let made = context.add(.fc(value.source, tensors: tensors))
    return BlobValue(made, Shape(units, 1, 1), [units])
  }
}
