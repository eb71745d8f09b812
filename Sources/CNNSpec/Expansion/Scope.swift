/// One turn of a repeat.
struct Turn: Hashable {
  /// Which repeat of the spec, so that two that follow each other are told apart.
  var loop: Int
  var index: Int
  var count: Int
}

/// The names of a network's or a block's text: made once, however often the block is called.
final class NameTable {
  let bindings: [String: Spec.Binding]
  /// The first entry of each name in small letters, since kinds are written either way.
  private let kinds: [String: Spec.Binding]
  /// All labels that the steps define, to tell a label that comes too late from an unknown one.
  let declaredLabels: [String: SourceRange]

  init(_ bindings: [Spec.Binding], _ network: [StepSyntax]) {
    self.bindings = Dictionary(bindings.map { ($0.key.text, $0) }) { first, _ in first }
    kinds = Dictionary(bindings.map { ($0.key.text.lowercased(), $0) }) { first, _ in first }
    declaredLabels = Dictionary(
      StepSyntax.labels(of: network).map { ($0.text, $0.range) }
    ) { first, _ in first }
  }

  /// The `where` entry of a kind's name, whatever the case of its letters.
  func binding(ofKind kind: String) -> Spec.Binding? { bindings[kind] ?? kinds[kind.lowercased()] }
}

/// What names mean inside a network or one call of a block.
final class Scope {
  struct Label {
    var turns: [Turn]
    var value: LayerInput
  }

  let table: NameTable
  let parameters: [String: LayerArgument]
  /// What all names inside start with: `stage1.0.`
  let prefix: String
  /// The caller's scope and the repeats round the call.
  let caller: (scope: Scope, turns: [Turn])?
  /// The occurrences of each label, by the indices of the repeats round them.
  private var labels: [String: [[Int]: [Label]]] = [:]
  private var lastIndices: [String: [Int]] = [:]
  private var ordinals: [String: Int] = [:]

  init(
    _ table: NameTable, parameters: [String: LayerArgument], prefix: String,
    caller: (scope: Scope, turns: [Turn])?
  ) {
    self.table = table
    self.parameters = parameters
    self.prefix = prefix
    self.caller = caller
  }

  var bindings: [String: Spec.Binding] { table.bindings }
  var labelNames: [String] { labels.keys.sorted() }

  func nextOrdinal(of kind: String) -> Int {
    ordinals[kind, default: 0] += 1
    return ordinals[kind]!
  }

  func define(_ label: String, _ turns: [Turn], _ value: LayerInput) {
    let indices = turns.map(\.index)
    labels[label, default: [:]][indices, default: []].append(Label(turns: turns, value: value))
    lastIndices[label] = indices
  }

  /// The indices of the last occurrence of a label so far.
  func lastOccurrence(of label: String) -> [Int]? { lastIndices[label] }

  /// The occurrence of a label that is meant at a place inside some repeats: the one of the same turns as
  /// far as the label shares the repeats, at the written indices of the others.
  func value(of label: LabelSyntax, at turns: [Turn]) -> LayerInput? {
    guard let occurrences = labels[label.name] else { return nil }
    for shared in stride(from: turns.count, through: 0, by: -1) {
      let prefix = turns.prefix(shared)
      let match = occurrences[prefix.map(\.index) + label.indices]?.last {
        $0.turns.prefix(shared).elementsEqual(prefix)
      }
      if let match { return match.value }
    }
    return nil
  }
}

extension StepSyntax {
  /// The labels that steps define, those inside branches and repeats too.
  static func labels(of steps: [StepSyntax]) -> [Word] {
    steps.flatMap { step -> [Word] in
      switch step.primary {
      case .layer(let layer): layer.label.map { [$0] } ?? []
      case .group(let inner): labels(of: inner)
      case .join(let join): (join.label.map { [$0] } ?? []) + join.branches.flatMap(labels)
      case .reference, .broken: []
      }
    }
  }
}
