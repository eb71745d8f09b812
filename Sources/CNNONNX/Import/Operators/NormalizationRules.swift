import CNNGraph
import CNNImport
import CNNSpec

enum NormalizationRules {
  static let all = [
    OperatorRule(
      "BatchNormalization",
      ["consumed_inputs", "epsilon", "is_test", "momentum", "spatial", "training_mode"],
      limits: "for inference",
      batchNorm),
    OperatorRule("LRN", ["alpha", "beta", "bias", "size"], limits: "an odd `size`", lrn),
    OperatorRule("Dropout", ["is_test", "ratio", "seed"], limits: "for inference", dropout),
  ]

  /// y = (x - mean) / sqrt(var + epsilon) * scale + B, one number a channel each.
  static func batchNorm(_ node: NodeContext) throws(Refusal) {
    guard try node.integer("training_mode", default: 0) == 0, try node.isForInference() else {
      throw node.refuse("it is for training")
    }
    guard try node.integer("spatial", default: 1) == 1 else {
      throw node.refuse("`spatial` 0, statistics of each pixel, is not supported")
    }
    let x = try node.activation(0)
    let (source, shape) = try node.channels(x)
    var tensors: [FloatSource] = []
    for index in 1...4 {
      let (dimensions, values) = try node.floatConstant(index)
      guard dimensions == [shape.channels] else {
        throw node.refuse("input \(index) is \(dimensions), expected [\(shape.channels)]")
      }
      tensors.append(values)
    }
    let epsilon = try node.float("epsilon", default: 1e-5)
    guard epsilon > 0 else { throw node.refuse("`epsilon` is \(epsilon), expected more than 0") }
    let kept = try node.float("momentum", default: 0.9)
    guard (0...1).contains(kept) else { throw node.refuse("`momentum` is \(kept), expected 0 to 1") }
    let made = node.add(
      .batchNorm(source, shape, epsilon: epsilon, keeping: kept, tensors), namedAfter: 1)
    node.setOutput(Activation(made, shape, x.dimensions))
  }

  /// y[c] = x[c] / (bias + alpha / size * sum of squares)^beta; a spec's alpha is not divided by the size.
  static func lrn(_ node: NodeContext) throws(Refusal) {
    let x = try node.activation(0)
    let (source, shape) = try node.channels(x)
    guard let size = try node.integer("size"), size > 0, size % 2 == 1 else {
      throw node.refuse("`size` is missing or even; for an even one ONNX and a spec differ in the neighbours")
    }
    let alpha = try node.float("alpha", default: 1e-4)
    let k = try node.float("bias", default: 1)
    let beta = try node.float("beta", default: 0.75)
    try addLRN(node, x, source, shape, size: size, alpha: alpha, beta: beta, k: k)
  }

  // MARK: With an even size

  /// The means of neighbouring channels' squares, of the channels as rows of an image.
  static let means = NodePattern.node(
    "Reshape",
    [
      .node(
        "AveragePool", [.node("Reshape", [.node("Mul", [.x, .x]), .constant])], keepsAttributes: true),
      .constant,
    ])

  /// Whether the pool's window is one of rows, with the extra row before the middle if their number is even.
  static func isMeanOfChannels(_ match: CompoundMatch) -> Bool {
    guard let kernel = match.integers("kernel_shape"), kernel.count == 2, kernel[0] > 0, kernel[1] == 1 else {
      return false
    }
    let size = kernel[0]
    return match.integers("pads") == [size / 2, 0, (size - 1) / 2, 0]
      && match.integer("count_include_pad") == 1 && match.integer("ceil_mode") ?? 0 == 0
      && match.integers("strides") ?? [1, 1] == [1, 1]
      && match.attributes.allSatisfy { $0.name != "auto_pad" }
  }

  /// y[c] = x[c] / (k + alpha * mean of squares)^beta.
  /// Inputs: x, the shapes of the rows and of the image, alpha, k, beta.
  static func lrnOfRows(_ node: NodeContext) throws(Refusal) {
    let x = try node.activation(0)
    let (source, shape) = try node.image(x)
    guard try node.optionalIntegers(1) == [0, 1, shape.channels, shape.area],
      let image = try node.optionalIntegers(2), image.dropFirst() == x.dimensions.dropFirst(),
      let size = try node.integers("kernel_shape")?.first
    else { throw node.refuse("it is no normalisation over channels") }
    guard let alpha = try node.optionalFloat(3), let k = try node.optionalFloat(4),
      let beta = try node.optionalFloat(5)
    else { throw node.refuse("its numbers are missing") }
    try addLRN(node, x, source, shape, size: size, alpha: alpha, beta: beta, k: k)
  }

  /// - Parameter alpha: ONNX's, which is divided by the size.
  private static func addLRN(
    _ node: NodeContext, _ x: Activation, _ source: ImportedLayer.Source, _ shape: Shape, size: Int,
    alpha: Float, beta: Float, k: Float
  ) throws(Refusal) {
    guard alpha >= 0, k > 0, k.isFinite, alpha.isFinite, beta.isFinite else {
      throw node.refuse("its `alpha` \(alpha) or `bias` \(k) is too small, or no number")
    }
    let made = node.add(.lrn(source, shape, size: size, alpha: alpha, beta: beta, k: k))
    node.setOutput(Activation(made, shape, x.dimensions))
  }

  /// An attribute until opset 11, an input since.
  static func dropout(_ node: NodeContext) throws(Refusal) {
    let training = try node.optionalConstant(2)?.integers ?? [0]
    guard training == [0], try node.isForInference() else { throw node.refuse("it is for training") }
    let ratio = try node.operatorSet < 12 ? node.float("ratio") : node.optionalFloat(1)
    guard case let rate = ratio ?? 0.5, rate >= 0, rate < 1 else {
      throw node.refuse("its ratio is \(ratio ?? 0.5), expected 0 to 1")
    }
    try node.mapElements("dropout", ImportedLayer.dropoutArguments(rate: rate))
  }
}

extension NodeContext {
  /// Until opset 6 operators said that they are not for training.
  fileprivate func isForInference() throws(Refusal) -> Bool {
    let isTest = try integer("is_test", default: 0)
    return operatorSet > 6 || isTest != 0
  }
}
