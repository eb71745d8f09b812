/// How each kind of layer is written. Each family of them is a file in `Kinds`.
enum ExportTable {
  /// The dimensions of what a layer returns.
  enum Dimensions {
    /// [N, C]
    case flat
    /// [N, C, H, W]
    case image
  }

  typealias Rule = @Sendable (LayerExport) -> Dimensions

  static let rules: [String: Rule] = WindowExports.rules
    .merging(FunctionExports.rules, uniquingKeysWith: unique)
    .merging(DenseExports.rules, uniquingKeysWith: unique)
    .merging(NormalizationExports.rules, uniquingKeysWith: unique)
    .merging(ShapeExports.rules, uniquingKeysWith: unique)
    .merging(JoinExports.rules, uniquingKeysWith: unique)

  /// The kinds that can be exported.
  package static var kinds: Set<String> { Set(rules.keys) }

  private static func unique(_ a: @escaping Rule, _ b: @escaping Rule) -> Rule {
    preconditionFailure("two rules of one kind")
  }
}
