/// One turn of a repeat.
struct Turn: Hashable {
  /// Which repeat of the spec, so that two that follow each other are told apart.
  var loop: Int
  var index: Int
  var count: Int
}

/// What names mean inside a network or one call of a block.
final class Scope {
  struct Label {
    var turns: [Turn]
    var value: LayerInput
  }

  let bindings: [String: Spec.Binding]
  let parameters: [String: Argument]
  /// What all names inside start with: `stage1.0.`
  let prefix: String
  /// The caller's scope and the repeats round the call.
  let caller: (scope: Scope, turns: [Turn])?
  /// The blocks that this call is nested in, outermost first.
  let depth: Int
  /// All labels that the scope's steps define, to tell a label that comes too late from an unknown one.
  let declaredLabels: [String: SourceRange]
  private(set) var labels: [String: [Label]] = [:]
  private var ordinals: [String: Int] = [:]

  init(
    bindings: [Spec.Binding], parameters: [String: Argument], prefix: String,
    caller: (scope: Scope, turns: [Turn])?, network: [StepSyntax]
  ) {
    self.bindings = Dictionary(bindings.map { ($0.key.text, $0) }) { first, _ in first }
    self.parameters = parameters
    self.prefix = prefix
    self.caller = caller
    depth = (caller?.scope.depth ?? 0) + 1
    declaredLabels = Dictionary(
      StepSyntax.labels(of: network).map { ($0.text, $0.range) }
    ) { first, _ in first }
  }

  /// The `where` entry of a kind's name, whatever the case of its letters.
  func binding(ofKind kind: String) -> Spec.Binding? {
    bindings[kind] ?? bindings.first { $0.key.lowercased() == kind.lowercased() }?.value
  }

  func nextOrdinal(of kind: String) -> Int {
    ordinals[kind, default: 0] += 1
    return ordinals[kind]!
  }

  func define(_ label: String, _ turns: [Turn], _ value: LayerInput) {
    labels[label, default: []].append(Label(turns: turns, value: value))
  }

  /// The occurrence of a label that is meant at a place inside some repeats: the one of the same turns as
  /// far as the label shares the repeats, at the written indices of the others.
  func value(of label: LabelSyntax, at turns: [Turn]) -> LayerInput? {
    guard let occurrences = labels[label.name] else { return nil }
    for shared in stride(from: turns.count, through: 0, by: -1) {
      let match = occurrences.last { occurrence in
        occurrence.turns.count == shared + label.indices.count
          && occurrence.turns.prefix(shared).elementsEqual(turns.prefix(shared))
          && occurrence.turns.dropFirst(shared).map(\.index) == label.indices
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
