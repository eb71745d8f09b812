/// How one of Caffe's types of layers is imported: a line of the table.
package struct LayerRule: Sendable {
  package let name: String
  /// The message with its parameters, if it has one.
  let message: String?
  /// The message's fields that are understood; a layer with another one is refused.
  let fields: Set<String>
  /// What is imported of it, where that is not all: for the table in the README.
  package let limits: String
  let apply: @Sendable (LayerContext) throws(Refusal) -> BlobValue

  init(
    _ name: String, _ message: String? = nil, _ fields: Set<String> = [], limits: String = "",
    _ apply: @escaping @Sendable (LayerContext) throws(Refusal) -> BlobValue
  ) {
    self.name = name
    self.message = message
    self.fields = fields
    self.limits = limits
    self.apply = apply
  }
}

/// The types of layers that are imported. Each family of them is a file.
package enum LayerTable {
  package static let all: [LayerRule] =
    ConvolutionRules.all + PoolingRules.all + NormalizationRules.all + FunctionRules.all + JoinRules.all
    + ViewRules.all

  /// The types, in the order of the alphabet, as a table for the README.
  package static var markdown: String {
    let rows = all.sorted { $0.name < $1.name }.map {
      "| `\($0.name)` | \($0.limits.isEmpty ? "all of it" : $0.limits) |"
    }
    return (["| layer | imported |", "| --- | --- |"] + rows).joined(separator: "\n")
  }

  static func rule(named name: String) -> LayerRule? { index[name].map { all[$0] } }

  private static let index = Dictionary(uniqueKeysWithValues: all.enumerated().map { ($1.name, $0) })
}
