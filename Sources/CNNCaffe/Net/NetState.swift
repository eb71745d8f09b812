import CNNSpec

/// The state of a network that decides which of its layers there are: here always that of a test.
struct NetState {
  private var level = 0
  private var stages: Set<String> = []

  /// - Parameter fields: the net's `state`.
  init(_ fields: FieldReader) throws(Refusal) {
    level = try fields.integer("level", .min ... .max) ?? 0
    stages = Set(try fields.strings("stage").map(\.text))
  }

  /// Whether a layer is there: by one of its `include`, or else by none of its `exclude`.
  func includes(_ layer: LayerDefinition) throws(Refusal) -> Bool {
    let included = try layer.fields.readers("include")
    let excluded = try layer.fields.readers("exclude")
    guard included.isEmpty || excluded.isEmpty else {
      throw Refusal(
        .modelFile, "`\(layer.name)` has both `include` and `exclude`, expected one of them",
        at: layer.fields.range("exclude") ?? layer.range)
    }
    for rule in included where try meets(rule) { return true }
    for rule in excluded where try meets(rule) { return false }
    return included.isEmpty
  }

  private static let ruleFields: Set<String> = ["phase", "min_level", "max_level", "stage", "not_stage"]

  /// Whether a rule holds, all of it.
  private func meets(_ rule: FieldReader) throws(Refusal) -> Bool {
    let unknown = rule.unknown(besides: Self.ruleFields)
    if !unknown.isEmpty { throw .findings(unknown) }
    if let phase = try rule.word("phase", among: ["TRAIN", "TEST"]), phase != "TEST" { return false }
    if let least = try rule.integer("min_level", .min ... .max), level < least { return false }
    if let most = try rule.integer("max_level", .min ... .max), level > most { return false }
    let wanted = try rule.strings("stage").map(\.text)
    let unwanted = try rule.strings("not_stage").map(\.text)
    return stages.isSuperset(of: wanted) && stages.isDisjoint(with: unwanted)
  }
}
