/// How one of ONNX's operators is imported: a line of the table.
package struct OperatorRule: Sendable {
  package let name: String
  /// The attributes that are understood, in any version; a node with another one is refused.
  package let attributes: Set<String>
  /// What is imported of it, where that is not all: for the coverage table.
  package let limits: String
  /// Values that it computes at most.
  let outputs: Int
  let apply: @Sendable (NodeContext) throws(Refusal) -> Void

  init(
    _ name: String, _ attributes: Set<String> = [], limits: String = "", outputs: Int = 1,
    _ apply: @escaping @Sendable (NodeContext) throws(Refusal) -> Void
  ) {
    self.name = name
    self.attributes = attributes
    self.limits = limits
    self.outputs = outputs
    self.apply = apply
  }
}

/// The operators that are imported. Each family of them is a file in `Operators`.
package enum OperatorTable {
  /// The versions of ONNX's operators that are read; 6 is what PyTorch's first exporter wrote.
  package static let operatorSets = 6...28

  package static let all: [OperatorRule] =
    ConvolutionRules.all + PoolRules.all + NormalizationRules.all + FunctionRules.all + SoftmaxRules.all
    + DenseRules.all + ElementwiseRules.all + JoinRules.all + ViewRules.all + SizeRules.all
    + ConstantRules.all

  /// The operators, in the order of the alphabet, as a table for the README.
  package static var markdown: String {
    var rows = (all.sorted { $0.name < $1.name } + CompoundTable.all.map(\.rule)).map {
      "| `\($0.name)` | \($0.limits.isEmpty ? "all of it" : $0.limits) |"
    }
    // One formula may be written in several ways.
    rows = zip(rows, [""] + rows).filter { $0.0 != $0.1 }.map { $0.0 }
    return (["| operator | imported |", "| --- | --- |"] + rows).joined(separator: "\n")
  }

  static func rule(named name: String) -> OperatorRule? { index[name].map { all[$0] } }

  private static let index = Dictionary(
    uniqueKeysWithValues: all.enumerated().map { ($1.name, $0) })
}
