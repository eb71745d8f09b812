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
    let isGlobal = try context.fields.flag("global_pooling") ?? false
    let window = isGlobal ? Window2D(kernel: shape.size) : try CaffeWindow.window(context)
    guard window.padding.top < window.kernel.height, window.padding.left < window.kernel.width else {
      throw context.damaged("its padding is not smaller than its kernel", at: "pad")
    }
    let isFloor = try context.fields.word("round_mode", among: ["CEIL", "FLOOR"]) == "FLOOR"
    let positions = try context.positions(of: window, over: shape.size, roundingUp: !isFloor)
    guard let output = Shape.checked(shape.channels, positions.size.height, positions.size.width) else {
      throw context.refuse("its output is past 64 bits")
    }
    let made = context.add(
      .pool(
        // Caffe divides by the part of the window that lies in the image and its padding.
        source, shape, mode == "MAX" ? .max : .average(countsPadding: true), window, shape: output,
        isExact: positions.isExact, isCeiling: !isFloor))
    return BlobValue(made, output, [output.channels, output.height, output.width])
  }
}
