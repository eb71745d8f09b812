import CNNGraph
import CNNImport
import CNNSpec

enum PoolingRules {
  static let all = [
    LayerRule(
      "Pooling", "pooling_param",
      CaffeWindow.fields.union(["pool", "global_pooling", "round_mode", "engine"]),
      limits: "`MAX` and `AVE`"
    ) { (context) throws(Refusal) in try pooling(context) }
  ]

  private static func pooling(_ context: LayerContext) throws(Refusal) -> BlobValue {
    let (source, shape) = try context.image()
    let mode = try context.fields.word("pool", among: ["MAX", "AVE", "STOCHASTIC"]) ?? "MAX"
    guard mode != "STOCHASTIC" else {
      throw context.refuse("stochastic pooling is not supported", at: "pool")
    }
    let kind = mode == "MAX" ? "maxpool" : "avgpool"
    let isGlobal = try context.fields.flag("global_pooling") ?? false
    let window = isGlobal ? CaffeWindow(whole: shape.size) : try CaffeWindow(context)
    guard window.padding.height < window.kernel.height, window.padding.width < window.kernel.width else {
      throw context.damaged("its padding is not smaller than its kernel", at: "pad")
    }
    let isFloor = try context.fields.word("round_mode", among: ["CEIL", "FLOOR"]) == "FLOOR"
    let positions = try window.positions(context, over: shape.size, isFloor ? .floor : .ceiling)
    guard let output = Shape.checked(shape.channels, positions.size.height, positions.size.width) else {
      throw context.refuse("its output is past 64 bits")
    }
    let isWhole = window.padding == Size2D(0) && window.kernel == shape.size
    var writer = ArgumentWriter()
    if !isWhole {
      writer.kernel(window.kernel)
      writer.size("stride", window.stride, default: window.kernel)
      writer.padding(window.pads)
      // Caffe divides by the part of the window that lies in the image and its padding.
      if mode == "AVE", window.padding != Size2D(0) { writer.named("count_pad", "yes") }
      if !isFloor, !positions.isExact { writer.named("rounding", "ceil") }
    }
    var layer = ImportedLayer(
      isWhole ? "global\(kind.dropLast(4))pool" : kind, writer.arguments, of: [source], shape: output)
    layer.isRounded = isFloor && !positions.isExact
    let made = context.add(layer)
    return BlobValue(made, output, [output.channels, output.height, output.width])
  }
}
