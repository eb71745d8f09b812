import CNNGraph
import CNNImport
import CNNSpec

/// Functions of each element.
enum FunctionRules {
  static let all = [
    OperatorRule("Relu") { node throws(Refusal) in try node.mapElements("relu") },
    OperatorRule("Sigmoid") { node throws(Refusal) in try node.mapElements("sigmoid") },
    OperatorRule("Tanh") { node throws(Refusal) in try node.mapElements("tanh") },
    OperatorRule("HardSwish") { node throws(Refusal) in try node.mapElements("hardswish") },
    OperatorRule("LeakyRelu", ["alpha"]) { node throws(Refusal) in
      try withAlpha(node, "leaky_relu", "slope", default: 0.01)
    },
    OperatorRule("Elu", ["alpha"]) { node throws(Refusal) in
      try withAlpha(node, "elu", "alpha", default: 1)
    },
    OperatorRule("Gelu", ["approximate"], limits: "not approximated") { node throws(Refusal) in
      guard try node.string("approximate", default: "none") == "none" else {
        throw node.refuse("the approximation by tanh is not supported")
      }
      try node.mapElements("gelu")
    },
    OperatorRule("HardSigmoid", ["alpha", "beta"], hardSigmoid),
    OperatorRule(
      "Clip", ["max", "min"],
      limits: "from 0 to 6 times a power of two, or without an end; or the negative of it",
      clip),
    OperatorRule("PRelu", limits: "constant slopes", prelu),
  ]

  /// - Parameter fallback: ONNX's default and a spec's.
  private static func withAlpha(
    _ node: NodeContext, _ kind: String, _ name: String, default fallback: Float
  ) throws(Refusal) {
    let alpha = try node.float("alpha", default: fallback)
    var writer = ArgumentWriter()
    if alpha != fallback { writer.named(name, SpecNumber.text(alpha)) }
    try node.mapElements(kind, writer.arguments)
  }

  /// clip(alpha * x + beta, 0, 1): a spec's `hardsigmoid` has alpha 1/6 and beta 1/2, others get a `scale` in front.
  static func hardSigmoid(_ node: NodeContext) throws(Refusal) {
    let alpha = try node.float("alpha", default: 0.2)
    let beta = try node.float("beta", default: 0.5)
    // A file may have any float near 1/6.
    if abs(alpha * 6 - 1) < 1e-6, beta == 0.5 { return try node.mapElements("hardsigmoid") }
    let x = try node.activation(0)
    let (source, shape) = try node.channels(x)
    let scale = node.builder.add(
      .scale(
        source, shape, weight: try node.repeated(alpha * 6, channels: shape.channels),
        bias: try node.repeated((beta - 0.5) * 6, channels: shape.channels)))
    let made = node.add(ImportedLayer("hardsigmoid", of: [scale], shape: shape))
    node.setOutput(Activation(made, shape, x.dimensions))
  }

  /// Attributes until opset 10, inputs since.
  static func clip(_ node: NodeContext) throws(Refusal) {
    let isAttribute = node.operatorSet < 11
    let low = try (isAttribute ? node.float("min") : node.optionalFloat(1)) ?? -.infinity
    let high = try (isAttribute ? node.float("max") : node.optionalFloat(2)) ?? .infinity
    let largest = Float.greatestFiniteMagnitude
    switch (low, high) {
    case (0, 6): try node.mapElements("relu6")
    case (0, largest...): try node.mapElements("relu")
    case (...(-largest), largest...): node.setOutput(try node.activation(0))
    case (...(-largest), 0): try scaled(node, "relu", by: -1)
    case (0, _) where isExact(6 / high) && high > 0: try scaled(node, "relu6", by: 6 / high)
    case (_, 0) where isExact(6 / low) && low < 0: try scaled(node, "relu6", by: 6 / low)
    default:
      throw node.refuse(
        "a clip from \(low) to \(high) is not supported, only between 0 and 6 times a power of two, or beyond"
      )
    }
  }

  /// Whether a product with a number and its inverse only moves the exponent.
  private static func isExact(_ factor: Float) -> Bool {
    factor.isNormal && factor.significandBitPattern == 0 && abs(factor.exponent) < 32
  }

  /// f(x * factor) / factor
  private static func scaled(_ node: NodeContext, _ kind: String, by factor: Float) throws(Refusal) {
    let x = try node.activation(0)
    let (source, shape) = try node.channels(x)
    let zeros = try node.repeated(0, channels: shape.channels)
    let before = node.builder.add(
      .scale(source, shape, weight: try node.repeated(factor, channels: shape.channels), bias: zeros))
    let function = node.add(ImportedLayer(kind, of: [before], shape: shape))
    let after = node.builder.add(
      .scale(function, shape, weight: try node.repeated(1 / factor, channels: shape.channels), bias: zeros))
    node.setOutput(Activation(after, shape, x.dimensions))
  }

  static func prelu(_ node: NodeContext) throws(Refusal) {
    let x = try node.activation(0)
    let (dimensions, values) = try node.floatConstant(1)
    let slopes: Factors
    if node.operatorSet < 7, x.dimensions.count > 1, dimensions == [x.dimensions[1]] {
      // Not yet aligned at the end.
      slopes = Factors(values: values.values(), isPerElement: false)
    } else {
      slopes = try node.factors(1, like: x)
    }
    let (source, shape) = slopes.isPerElement ? node.elements(x) : try node.channels(x)
    let made = node.add(
      ImportedLayer(
        "prelu", of: [source], tensors: [.init("weight", [shape.channels], .values(slopes.values))],
        shape: shape),
      namedAfter: 1)
    node.setOutput(Activation(made, shape, x.dimensions))
  }
}
