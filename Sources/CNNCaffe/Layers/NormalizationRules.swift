import CNNGraph
import CNNImport
import CNNSpec

enum NormalizationRules {
  static let all = [
    LayerRule(
      "BatchNorm", "batch_norm_param", ["use_global_stats", "moving_average_fraction", "eps"],
      limits: "with its moving averages; one `bn` with a `Scale` behind it", batchNorm),
    LayerRule(
      "Scale", "scale_param", ["axis", "num_axes", "filler", "bias_term", "bias_filler"],
      limits: "a factor a channel, or two bottoms, the second of one size or a number a channel", scale),
    LayerRule("Bias", "bias_param", ["axis", "num_axes", "filler"], limits: "a number a channel", bias),
    LayerRule(
      "LRN", "lrn_param", ["local_size", "alpha", "beta", "k", "norm_region", "engine"],
      limits: "`ACROSS_CHANNELS`", lrn),
    LayerRule("Dropout", "dropout_param", ["dropout_ratio", "scale_train"], dropout),
  ]

  /// y = (x - mean) / sqrt(variance + eps); both are sums that the third blob says how to divide.
  static func batchNorm(_ context: LayerContext) throws(Refusal) -> BlobValue {
    let value = try context.input()
    guard try context.fields.flag("use_global_stats") ?? true else {
      throw context.refuse("the statistics of the batch itself are not supported", at: "use_global_stats")
    }
    let (source, shape) = try context.channels(value)
    let epsilon = try context.fields.real("eps") ?? 1e-5
    guard epsilon > 0 else { throw context.damaged("`eps` is \(epsilon), expected more than 0", at: "eps") }
    let channels = shape.channels
    let blobs = context.builder.blobs(of: context.layer, [[channels], [channels], [1]])
    let divisor = blobs[2]?.values()[0] ?? 1
    let factor = divisor == 0 ? 0 : 1 / divisor
    let kept = try context.fields.real("moving_average_fraction")
    if let kept, !(0...1).contains(kept) {
      throw context.damaged(
        "it keeps \(kept) of its averages, expected 0 to 1", at: "moving_average_fraction")
    }
    func statistic(_ blob: FloatSource?) -> FloatSource? {
      blob.map { factor == 1 ? $0 : .scaled($0, by: factor) }
    }
    let (ones, zeros) = (
      try context.repeated(1, channels: channels), try context.repeated(0, channels: channels)
    )
    let made = context.add(
      .batchNorm(
        source, shape, epsilon: epsilon, keeping: kept,
        [ones, zeros, statistic(blobs[0]), statistic(blobs[1])]))
    context.builder.notePlainNorm(made)
    return BlobValue(made, shape, value.dimensions)
  }

  /// Whether a factor or a bias is one number a channel.
  private static func isPerChannel(_ context: LayerContext, _ value: BlobValue) throws(Refusal) -> Bool {
    let axis = try context.axis("axis", default: 1, of: value)
    let count = try context.fields.integer("num_axes", -1...32) ?? 1
    return axis == 1 && count == 1
  }

  static func scale(_ context: LayerContext) throws(Refusal) -> BlobValue {
    if context.inputs.count == 2 { return try product(context) }
    let value = try context.input()
    guard try isPerChannel(context, value) else {
      throw context.refuse("factors other than one a channel are not supported", at: "axis")
    }
    let (source, shape) = try context.channels(value)
    let hasBias = try context.fields.flag("bias_term") ?? false
    let dimensions = [shape.channels]
    let blobs = context.builder.blobs(of: context.layer, hasBias ? [dimensions, dimensions] : [dimensions])
    // Without weights there are no numbers at all.
    let bias =
      hasBias ? blobs[1] : blobs[0] == nil ? nil : try context.repeated(0, channels: shape.channels)
    if context.isSoleReader[0], context.builder.scaleNorm(value, weight: blobs[0], bias: bias) {
      return value
    }
    let made = context.add(.scale(source, shape, weight: blobs[0], bias: bias))
    return BlobValue(made, shape, value.dimensions)
  }

  /// Two bottoms: the second is of the first's size, or a number a channel.
  private static func product(_ context: LayerContext) throws(Refusal) -> BlobValue {
    let (value, other) = (context.inputs[0], context.inputs[1])
    guard try !(context.fields.flag("bias_term") ?? false) else {
      throw context.refuse("a bias beside two bottoms is not supported", at: "bias_term")
    }
    let axis = try context.axis("axis", default: 1, of: value)
    // The batch is the second bottom's, too, and its sizes are those of the first one from `axis` on.
    guard axis == 0, let channels = value.dimensions.first,
      other.dimensions == value.dimensions || other.dimensions == [channels]
    else {
      throw context.refuse(
        "factors \(other.text) of \(value.text) from axis \(axis) on are not supported", at: "axis")
    }
    let (source, shape) = try context.channels(value)
    let isWhole = other.dimensions == value.dimensions
    let factor = context.builder.reshape(other, to: isWhole ? shape : Shape(channels, 1, 1))
    return BlobValue(
      context.add(ImportedLayer("multiply", of: [source, factor], shape: shape)), shape, value.dimensions)
  }

  static func bias(_ context: LayerContext) throws(Refusal) -> BlobValue {
    let value = try context.input()
    guard try isPerChannel(context, value) else {
      throw context.refuse("a bias other than a number a channel is not supported", at: "axis")
    }
    let (source, shape) = try context.channels(value)
    let blob = context.builder.blobs(of: context.layer, [[shape.channels]])[0]
    let made = context.add(
      .scale(source, shape, weight: try context.repeated(1, channels: shape.channels), bias: blob))
    return BlobValue(made, shape, value.dimensions)
  }

  /// y[c] = x[c] / (k + alpha / size * sum of squares)^beta; a spec's alpha is not divided by the size.
  static func lrn(_ context: LayerContext) throws(Refusal) -> BlobValue {
    let region = try context.fields.word("norm_region", among: ["ACROSS_CHANNELS", "WITHIN_CHANNEL"])
    guard region != "WITHIN_CHANNEL" else {
      throw context.refuse("a normalization within channels is not supported", at: "norm_region")
    }
    let (source, shape) = try context.image()
    let size = try context.fields.integer("local_size", 1...FieldReader.largest) ?? 5
    guard size % 2 == 1 else {
      throw context.damaged("`local_size` is \(size), expected an odd number", at: "local_size")
    }
    let alpha = try context.fields.real("alpha") ?? 1
    let k = try context.fields.real("k") ?? 1
    guard alpha >= 0, k > 0 else {
      throw context.refuse("its `alpha` \(alpha) or `k` \(k) is too small", at: "alpha")
    }
    let beta = try context.fields.real("beta") ?? 0.75
    let made = context.add(.lrn(source, shape, size: size, alpha: alpha, beta: beta, k: k))
    return BlobValue(made, shape, [shape.channels, shape.height, shape.width])
  }

  static func dropout(_ context: LayerContext) throws(Refusal) -> BlobValue {
    let rate = try context.fields.real("dropout_ratio") ?? 0.5
    guard rate >= 0, rate < 1 else {
      throw context.damaged("`dropout_ratio` is \(rate), expected 0 to 1", at: "dropout_ratio")
    }
    guard try context.fields.flag("scale_train") ?? true else {
      throw context.refuse("a dropout that scales in tests is not supported", at: "scale_train")
    }
    return try context.mapElements("dropout", ImportedLayer.dropoutArguments(rate: rate))
  }
}
