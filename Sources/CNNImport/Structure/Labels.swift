import CNNSpec

/// What is called by a name of its own: what others refer to, layers with weights and calls of blocks, where the model's
/// names say more than the kind and its ordinal. Everything else has no label.
struct Labels {
  private typealias Key = Phrase.Word.Key

  private let structure: Structure
  private let hints: HintParts
  private let outputs: Set<ImportedLayer.Source>
  private var labels: [Phrase.Word.Key: String] = [:]
  private var names: [Int: String] = [:]

  /// - Parameter network: the network's steps; those of the structure's blocks are looked at, too.
  init(_ network: [Phrase], _ structure: Structure) {
    self.structure = structure
    hints = HintParts(structure.graph)
    outputs = Set(structure.graph.outputs)
    nameNetwork(network)
    for block in structure.blocks.indices { nameBlock(block) }
  }

  func label(_ key: Phrase.Word.Key) -> String? { labels[key] }

  /// The label of a layer that needs one.
  func name(_ layer: Int) -> String {
    guard let name = names[layer] else { preconditionFailure("layer \(layer) has no label") }
    return name
  }

  // MARK: Scopes

  /// The words of a network or block.
  private struct Scope {
    struct Word {
      var word: Phrase.Word
      var isRepeated: Bool
    }

    private(set) var words: [Word] = []
    /// What each word is called where it has no label, and whose name each of these is.
    private(set) var ordinary: [Key: String] = [:]
    private(set) var owners: [String: Key] = [:]
    private var ordinals: [String: Int] = [:]

    init(_ phrases: [Phrase]) { visit(phrases, turn: nil) }

    /// - Parameter turn: the turn of the repeat round the phrases.
    private mutating func visit(_ phrases: [Phrase], turn: Int?) {
      for phrase in phrases {
        switch phrase {
        case .reference: break
        case .word(let word): add(word, turn)
        case .optional(let inner, _): visit(inner, turn: turn)
        case .repetition(let inner, let count):
          for inside in 0..<count { visit(inner, turn: max(turn ?? 0, inside)) }
        case .join(let word, let branches):
          for branch in branches { visit(branch, turn: turn) }
          add(word, turn)
        }
      }
    }

    private mutating func add(_ word: Phrase.Word, _ turn: Int?) {
      ordinals[word.kind, default: 0] += 1
      let name = "\(word.kind)\(ordinals[word.kind, default: 0])"
      owners[name] = word.key
      ordinary[word.key] = name
      if turn ?? 0 == 0 { words.append(Word(word: word, isRepeated: turn != nil)) }
    }
  }

  /// Gives the words of a scope the labels that they want, as far as these are sound.
  /// - Parameter fixed: labels that are needed; no ordinary name and no other label.
  private mutating func settle(_ wanted: [(key: Key, label: String)], fixed: Set<String>, in scope: Scope) {
    var labels: [Key: String] = [:]
    var holders: [String: Key] = [:]
    for (key, label) in wanted where !fixed.contains(label) && scope.ordinary[key] != label {
      labels[key] = label
      holders[label] = key
    }
    // A word without a label has its ordinary name: whoever wanted that goes without, too.
    var open = scope.owners.compactMap { name, owner in labels[owner] == nil ? name : nil }
    while let name = open.popLast() {
      guard let holder = holders.removeValue(forKey: name), labels.removeValue(forKey: holder) != nil,
        let freed = scope.ordinary[holder]
      else { continue }
      open.append(freed)
    }
    self.labels.merge(labels) { $1 }
  }

  private func isPlain(_ label: String) -> Bool {
    let word = label.lowercased()
    return !KindTable.reservedWords.contains(word) && word != "input"
      && !structure.blocks.contains { $0.name == word }
  }

  /// Whether a layer must be called so.
  private func isGiven(_ atom: Atom) -> Bool {
    guard case .layer(let index) = atom else { return false }
    return structure.graph.layers[index].label != nil
  }

  // MARK: The network

  private mutating func nameNetwork(_ network: [Phrase]) {
    let scope = Scope(network)
    let prefixes = callLabels(scope)
    // Inside of a block its parameters hide what is outside.
    var taken = Set(structure.blocks.flatMap { $0.parameters.map(\.name) } + ["input"])
    var wanted: [(key: Key, label: String)] = []
    var counts: [String: Int] = [:]
    /// The first of a label's forms that is nobody's.
    func free(_ label: String, _ isFree: (String) -> Bool) -> String {
      while true {
        let count = counts[label, default: 0] + 1
        counts[label] = count
        let name = count == 1 ? label : "\(label)_\(count)"
        if isFree(name) { return name }
      }
    }
    for (key, atom, layer) in neededWords(scope) {
      let wish = needed(atom, layer)
      // What is to be called as it is called without a label needs none, but for an entry of `where`.
      if wish == scope.ordinary[key], structure.graph.layers[layer].connections == nil {
        taken.insert(wish)
        names[layer] = wish
        continue
      }
      let label = free(wish) { !taken.contains($0) && scope.owners[$0] == nil }
      taken.insert(label)
      labels[key] = label
      names[layer] = label
    }
    let fixed = taken
    for entry in scope.words where !entry.isRepeated {
      guard case .atom(let atom) = entry.word.key, let layer = structure.layer(of: atom), names[layer] == nil
      else { continue }
      var label: String?
      switch atom {
      case .layer(let index): label = hints.parts[index].flatMap(HintParts.label)
      case .call(let index): label = prefixes[index]
      case .reference: break
      }
      guard let label, isPlain(label) || isGiven(atom) else { continue }
      let name = free(label) { !taken.contains($0) }
      taken.insert(name)
      wanted.append((entry.word.key, name))
    }
    settle(wanted, fixed: fixed, in: scope)
  }

  /// The words that must have labels: outputs in their order, then the others in the network's.
  private func neededWords(_ scope: Scope) -> [(key: Key, atom: Atom, layer: Int)] {
    let words = scope.words.compactMap { entry -> (key: Key, atom: Atom, layer: Int)? in
      guard case .atom(let atom) = entry.word.key, let layer = structure.layer(of: atom),
        structure.named.contains(layer)
      else { return nil }
      return (entry.word.key, atom, layer)
    }
    var outputs: [ImportedLayer.Source: Int] = [:]
    for (place, output) in structure.graph.outputs.enumerated() { outputs[output] = place }
    let returned = words.filter { outputs[.layer($0.layer)] != nil }.sorted {
      outputs[.layer($0.layer), default: 0] < outputs[.layer($1.layer), default: 0]
    }
    return returned + words.filter { outputs[.layer($0.layer)] == nil }
  }

  /// The label of what must have one.
  private func needed(_ atom: Atom, _ layer: Int) -> String {
    let shared: String?
    switch atom {
    case .call(let index): shared = callLabel(index)
    default: shared = (hints.parts[layer] ?? hints.written[layer]).flatMap(HintParts.label)
    }
    if structure.graph.layers[layer].connections != nil {
      // To `where` a kind's name stands for all of that kind.
      return shared.flatMap { KindTable.kind(named: $0) == nil ? $0 : nil } ?? "table"
    }
    if let shared, isGiven(atom) { return shared }
    if let output = hints.outputs[layer].flatMap(HintParts.label), isPlain(output) { return output }
    if let shared, isPlain(shared) { return shared }
    if structure.graph.layers[layer].kind == "identity" { return "value" }
    return outputs.contains(.layer(layer)) ? "out" : "skip"
  }

  /// What the layers of a call have in common.
  private func callLabel(_ call: Int) -> String? {
    let (first, count) = hints.shared(structure.order(of: structure.calls[call].body))
    return HintParts.label(first.prefix(count))
  }

  /// Labels for the calls of blocks: for all of them or for none.
  private func callLabels(_ scope: Scope) -> [Int: String] {
    var found: [Int: String] = [:]
    var seen: Set<String> = []
    for entry in scope.words {
      guard case .atom(.call(let call)) = entry.word.key else { continue }
      guard !entry.isRepeated, let label = callLabel(call), seen.insert(label).inserted else { return [:] }
      found[call] = label
    }
    return found
  }

  /// The labels that parts make, without a number at the end where the rest is nobody else's: `downsample` for
  /// `downsample`, `0`.
  private static func shortened(_ parts: [[Substring]]) -> [String?] {
    func stem(_ parts: [Substring]) -> [Substring] {
      let isNumbered = parts.count > 1 && parts.last?.allSatisfy(\.isNumber) == true
      return isNumbered ? Array(parts.dropLast()) : parts
    }
    var uses: [[Substring]: Int] = [:]
    for parts in parts { uses[stem(parts), default: 0] += 1 }
    return parts.map { HintParts.label(uses[stem($0)] == 1 ? stem($0) : $0) }
  }

  // MARK: Blocks

  private mutating func nameBlock(_ index: Int) {
    let block = structure.blocks[index]
    let scope = Scope(block.network)
    let beginnings = block.instances.map { row in
      hints.shared(row.compactMap { $0.map(layers) }.flatMap { $0 }).count
    }
    var found: [(key: Key, parts: [Substring])] = []
    for entry in scope.words where !entry.isRepeated {
      guard case .slot(_, let place) = entry.word.key else { continue }
      let rests = zip(block.instances, beginnings).compactMap { row, count -> [Substring]? in
        guard case .layer(let layer) = row[place] else { return nil }
        return hints.parts[layer].map { Array($0.dropFirst(count)) }
      }
      guard let first = rests.first else { continue }
      // Half of a block's names say nothing.
      guard rests.allSatisfy({ $0 == first }), HintParts.label(first) != nil else { return }
      found.append((entry.word.key, first))
    }
    let labels = Self.shortened(found.map(\.parts))
    let outer = Set(names.values)
    let uses = Dictionary(grouping: labels) { $0 }.mapValues(\.count)
    let wanted = zip(found, labels).compactMap { found, label -> (key: Key, label: String)? in
      guard let label, uses[label] == 1, isPlain(label), !outer.contains(label),
        !block.parameters.contains(where: { $0.name == label })
      else { return nil }
      return (found.key, label)
    }
    settle(wanted, fixed: [], in: scope)
  }

  private func layers(_ atom: Atom) -> [Int] {
    switch atom {
    case .layer(let index): [index]
    case .call(let index): structure.order(of: structure.calls[index].body)
    case .reference: []
    }
  }
}
