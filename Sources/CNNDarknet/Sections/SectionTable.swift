/// How the sections of one name become layers.
struct SectionRule: Sendable {
  typealias Apply =
    @Sendable (SectionReader, NetworkBuilder) throws(Refusal) -> NetworkBuilder.Value

  /// Options that are for training only; nil where all that are not read are.
  let training: Set<String>?
  let apply: Apply

  init(ignoring training: Set<String>? = [], _ apply: @escaping Apply) {
    self.training = training
    self.apply = apply
  }
}

/// The sections of a network, by name; a section has up to two.
enum SectionTable {
  static let network: Set<String> = ["net", "network"]

  static let rules: [String: SectionRule] = {
    var rules: [String: SectionRule] = [:]
    for (names, rule) in WindowSections.all + DenseSections.all + FunctionSections.all + JoinSections.all
      + ShapeSections.all + HeadSections.all
    {
      for name in names { rules[name] = rule }
    }
    return rules
  }()

  /// Why a section without a rule has none.
  static func reason(for name: String) -> String {
    switch name {
    case "local": "a spec has no windows with weights of their own at each place"
    case "lrn", "normalization":
      "from the fifth channel on, Darknet's sums of squares leave one out or take it away, which no `lrn` does"
    case "l2norm": "a spec cannot divide by a length"
    case "rnn", "gru", "lstm", "crnn": "a spec is without recurrence"
    default: "no such section is known"
    }
  }
}
