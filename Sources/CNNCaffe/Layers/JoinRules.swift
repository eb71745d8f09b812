import CNNGraph
import CNNImport
import CNNSpec

/// Layers of several bottoms.
enum JoinRules {
  static let all = [
    LayerRule(
      "Eltwise", "eltwise_param", ["operation", "coeff", "stable_prod_grad"], limits: "`SUM` and `PROD`",
      eltwise),
    LayerRule("Concat", "concat_param", ["axis", "concat_dim"], limits: "of channels", concat),
  ]

  static func eltwise(_ context: LayerContext) throws(Refusal) -> BlobValue {
    let operation = try context.fields.word("operation", among: ["PROD", "SUM", "MAX"]) ?? "SUM"
    guard operation != "MAX" else {
      throw context.refuse("a maximum of values is not supported", at: "operation")
    }
    guard let first = context.inputs.first, context.inputs.count > 1 else {
      throw context.damaged("it has \(context.inputs.count) bottoms, expected two or more")
    }
    guard context.inputs.allSatisfy({ $0.dimensions == first.dimensions }) else {
      throw context.damaged("its bottoms are \(list(context.inputs)), expected one shape")
    }
    let coefficients = try context.fields.reals("coeff")
    guard coefficients.isEmpty || (operation == "SUM" && coefficients.count == context.inputs.count) else {
      throw context.damaged(
        "it has \(coefficients.count) `coeff`, expected one for each bottom of a `SUM`", at: "coeff")
    }
    var sources: [ImportedLayer.Source] = []
    for (index, value) in context.inputs.enumerated() {
      let factor = coefficients.isEmpty ? 1 : coefficients[index]
      let term = factor == 1 ? value : try context.affine(value, weight: factor, bias: 0)
      sources.append(context.builder.reshape(term, to: first.base))
    }
    let made = context.add(
      ImportedLayer(operation == "SUM" ? "add" : "multiply", of: sources, shape: first.base))
    return BlobValue(made, first.base, first.dimensions)
  }

  static func concat(_ context: LayerContext) throws(Refusal) -> BlobValue {
    guard let first = context.inputs.first else { throw context.damaged("it has no bottom") }
    let name = context.fields.has("concat_dim") ? "concat_dim" : "axis"
    guard try context.axis(name, default: 1, of: first) == 1 else {
      throw context.refuse("only channels (axis 1) can be joined", at: name)
    }
    var channels = CheckedInteger(0)
    for value in context.inputs {
      guard value.dimensions.count == first.dimensions.count, let count = value.dimensions.first,
        value.dimensions.dropFirst() == first.dimensions.dropFirst()
      else {
        throw context.damaged("its bottoms \(list(context.inputs)) differ in other sizes than the channels")
      }
      channels += CheckedInteger(count)
    }
    if context.inputs.count == 1 { return first }
    var sources: [ImportedLayer.Source] = []
    for value in context.inputs {
      guard let shape = Shape.ofImage(value.dimensions) else {
        throw context.damaged("its bottoms have no elements")
      }
      sources.append(context.builder.reshape(value, to: shape))
    }
    guard let sum = channels.value, let shape = Shape.ofImage([sum] + first.dimensions.dropFirst()) else {
      throw context.refuse("its output is past 64 bits")
    }
    let made = context.add(ImportedLayer("concat", of: sources, shape: shape))
    return BlobValue(made, shape, [sum] + first.dimensions.dropFirst())
  }

  private static func list(_ values: [BlobValue]) -> String {
    let shown = values.prefix(8).map(\.text).joined(separator: ", ")
    return values.count > 8 ? shown + ", ..." : shown
  }
}
