import CNNGraph
import CNNImport
import CNNSpec

/// Functions of each element, and softmax.
enum FunctionRules {
  static let all = [
    LayerRule("ReLU", "relu_param", ["negative_slope", "engine"], relu),
    LayerRule("ReLU6") { (context) throws(Refusal) in try context.mapElements("relu6") },
    LayerRule("PReLU", "prelu_param", ["filler", "channel_shared"], prelu),
    LayerRule("ELU", "elu_param", ["alpha"], elu),
    LayerRule("Sigmoid", "sigmoid_param", ["engine"]) { (context) throws(Refusal) in
      try context.mapElements("sigmoid")
    },
    LayerRule("TanH", "tanh_param", ["engine"]) { (context) throws(Refusal) in try context.mapElements("tanh")
    },
    LayerRule("Swish", "swish_param", ["beta"], limits: "`beta` 1", swish),
    LayerRule("Clip", "clip_param", ["min", "max"], limits: "from 0 to 6", clip),
    LayerRule("Power", "power_param", ["power", "scale", "shift"], limits: "`power` 1", power),
    LayerRule("Softmax", "softmax_param", ["axis", "engine"], limits: "over the channels", softmax),
  ]

  static func relu(_ context: LayerContext) throws(Refusal) -> BlobValue {
    let slope = try context.fields.real("negative_slope") ?? 0
    if slope == 0 { return try context.mapElements("relu") }
    var writer = ArgumentWriter()
    if slope != 0.01 { writer.named("slope", SpecNumber.text(slope)) }
    return try context.mapElements("leaky_relu", writer.arguments)
  }

  /// One slope a channel, or one for all of them.
  static func prelu(_ context: LayerContext) throws(Refusal) -> BlobValue {
    let value = try context.input()
    let (source, shape) = try context.channels(value)
    let isShared = try context.fields.flag("channel_shared") ?? false
    var slopes = context.builder.blobs(of: context.layer, [isShared ? [1] : [shape.channels]])[0]
    if isShared, let slope = slopes?.values().first {
      slopes = try context.repeated(slope, channels: shape.channels)
    }
    let made = context.add(
      ImportedLayer("prelu", of: [source], tensors: [.init("weight", [shape.channels], slopes)], shape: shape)
    )
    return BlobValue(made, shape, value.dimensions)
  }

  static func elu(_ context: LayerContext) throws(Refusal) -> BlobValue {
    let alpha = try context.fields.real("alpha") ?? 1
    var writer = ArgumentWriter()
    if alpha != 1 { writer.named("alpha", SpecNumber.text(alpha)) }
    return try context.mapElements("elu", writer.arguments)
  }

  static func swish(_ context: LayerContext) throws(Refusal) -> BlobValue {
    let beta = try context.fields.real("beta") ?? 1
    guard beta == 1 else { throw context.refuse("`beta` \(beta) is not supported", at: "beta") }
    return try context.mapElements("silu")
  }

  static func clip(_ context: LayerContext) throws(Refusal) -> BlobValue {
    let (low, high) = (try context.fields.real("min"), try context.fields.real("max"))
    guard low == 0, high == 6 else { throw context.refuse("only a clip from 0 to 6 is supported", at: "max") }
    return try context.mapElements("relu6")
  }

  /// y = (shift + scale * x)^power
  static func power(_ context: LayerContext) throws(Refusal) -> BlobValue {
    let value = try context.input()
    let power = try context.fields.real("power") ?? 1
    let (scale, shift) = (try context.fields.real("scale") ?? 1, try context.fields.real("shift") ?? 0)
    guard power == 1 else {
      throw context.refuse("a power of \(power) is not supported, only 1", at: "power")
    }
    return scale == 1 && shift == 0 ? value : try context.affine(value, weight: scale, bias: shift)
  }

  static func softmax(_ context: LayerContext) throws(Refusal) -> BlobValue {
    let value = try context.input()
    guard try context.axis("axis", default: 1, of: value) == 1 else {
      throw context.refuse("a softmax over another axis than the channels is not supported", at: "axis")
    }
    let (source, shape) = try context.channels(value)
    return BlobValue(
      context.add(ImportedLayer("softmax", of: [source], shape: shape)), shape, value.dimensions)
  }
}
