import CNNGraph
import CNNImport
import CNNSpec

/// What exporters write in several nodes, since ONNX has no operator for it, and a spec in one layer: a line of the table.
struct CompoundRule: Sendable {
  let pattern: NodePattern
  /// What of the constants and attributes the pattern leaves open.
  let condition: @Sendable (CompoundMatch) -> Bool
  let rule: OperatorRule

  /// - Parameters:
  ///   - name: the operators that only this compound has, or its formula, for the coverage table.
  ///   - kind: of the layer, likewise.
  init(
    _ name: String, as kind: String, _ pattern: NodePattern, attributes: Set<String> = [],
    where condition: @escaping @Sendable (CompoundMatch) -> Bool = { _ in true },
    _ apply: @escaping @Sendable (NodeContext) throws(Refusal) -> Void
  ) {
    self.pattern = pattern
    self.condition = condition
    rule = OperatorRule(name, attributes, limits: "as `\(kind)`", apply)
  }
}

package enum CompoundTable {
  static let all = [
    CompoundRule("x * Sigmoid(x)", as: "silu", .node("Mul", [.x, .node("Sigmoid", [.x])])) {
      node throws(Refusal) in try node.mapElements("silu")
    },
    CompoundRule(
      "x * HardSigmoid(x)", as: "hardswish",
      .node("Mul", [.x, .node("HardSigmoid", [.x], keepsAttributes: true)]), attributes: ["alpha", "beta"],
      where: { match in
        match.float("alpha").map { abs($0 * 6 - 1) < 1e-6 } ?? false && match.float("beta") ?? 0.5 == 0.5
      }
    ) { node throws(Refusal) in try node.mapElements("hardswish") },
    CompoundRule(
      "1.7159 * Tanh(2/3 * x)", as: "scaled_tanh",
      .node("Mul", [.node("Tanh", [.node("Mul", [.x, .number(2.0 / 3)])]), .number(1.7159)])
    ) { node throws(Refusal) in try node.mapElements("scaled_tanh") },
    gelu(.node("Div", [.x, .number(2.0.squareRoot())])),
    gelu(.node("Mul", [.x, .number(0.5.squareRoot())])),
    halfFirst(.node("Div", [.x, .number(2.0.squareRoot())])),
    halfFirst(.node("Mul", [.x, .number(0.5.squareRoot())])),
    CompoundRule(
      "AveragePool(x) * area * weight + bias", as: "subsample",
      .node(
        "Add",
        [
          .node(
            "Mul",
            [
              .node("Mul", [.node("AveragePool", [.x], keepsAttributes: true), .constant]), .constant,
            ]), .constant,
        ]), attributes: WindowReading.attributes.union(["ceil_mode", "count_include_pad"]),
      where: PoolRules.isSubsample, PoolRules.subsample),
    CompoundRule(
      "ReduceSumSquare(x - centers)", as: "rbf",
      .node(
        "ReduceSumSquare", [.node("Sub", [.node("Reshape", [.x, .constant]), .constant])],
        keepsAttributes: true), attributes: ["axes", "keepdims"],
      where: { $0.integers("axes") == [2] && $0.integer("keepdims") == 0 }, DenseRules.rbf),
    CompoundRule(
      "x / (k + alpha * AveragePool(x * x))^beta", as: "lrn",
      .node(
        "Div",
        [
          .x,
          .node(
            "Pow",
            [
              .node("Add", [.node("Mul", [NormalizationRules.means, .constant]), .constant]), .constant,
            ]),
        ]), attributes: WindowReading.attributes.union(["ceil_mode", "count_include_pad"]),
      where: NormalizationRules.isMeanOfChannels, NormalizationRules.lrnOfRows),
  ]

  /// (x * (1 + Erf(scaled))) * 1/2
  private static func gelu(_ scaled: NodePattern) -> CompoundRule {
    CompoundRule(
      "x * (1 + Erf(x / sqrt 2)) / 2", as: "gelu",
      .node("Mul", [.node("Mul", [.x, .node("Add", [.node("Erf", [scaled]), .number(1)])]), .number(0.5)])
    ) { node throws(Refusal) in try node.mapElements("gelu") }
  }

  /// (x * 1/2) * (1 + Erf(scaled))
  private static func halfFirst(_ scaled: NodePattern) -> CompoundRule {
    CompoundRule(
      "x * (1 + Erf(x / sqrt 2)) / 2", as: "gelu",
      .node("Mul", [.node("Mul", [.x, .number(0.5)]), .node("Add", [.node("Erf", [scaled]), .number(1)])])
    ) { node throws(Refusal) in try node.mapElements("gelu") }
  }
}
