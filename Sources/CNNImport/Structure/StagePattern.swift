import CNNSpec

/// The lecture's pattern for a chain of stages, `[(CONV-RELU)*N-POOL]*M-(FC-RELU)*K-FC:scores`: each stage its own number
/// of equal convolutions, each convolution with the same behind it, and so for the pools and the fully connected layers.
struct StagePattern {
  /// The pattern.
  var text = ""
  /// What its names stand for, line by line.
  var names: [String] = []

  /// Fewer stages are as short when written one by one.
  private static let fewestStages = 3

  /// - Returns: nil where the network is none.
  static func find(in structure: Structure) -> StagePattern? {
    guard structure.named.isEmpty else { return nil }
    var words: [Word] = []
    for step in structure.network {
      guard case .layer(let index) = step else { return nil }
      words.append(Word(structure.kind(of: .layer(index)), structure.arguments(of: .layer(index))))
    }
    var reader = Reader(words)
    return reader.pattern()
  }

  /// A layer of the chain.
  private struct Word: Equatable {
    var kind: String
    var arguments: [AtomArgument]

    init(_ kind: String, _ arguments: [AtomArgument]) {
      self.kind = kind
      self.arguments = arguments
    }

    var isPool: Bool { kind == "maxpool" || kind == "avgpool" }
    var name: String { kind == "maxpool" ? "POOL" : kind.uppercased() }
    var written: String {
      let arguments = Structure.written(arguments)
      return name + (arguments.isEmpty ? "" : "(\(arguments.joined(separator: ", ")))")
    }

    /// Whether another has the same arguments, apart from those that have a default.
    func says(_ other: Word) -> Bool {
      zip(arguments, other.arguments).allSatisfy { ($0.value == nil) == ($1.value == nil) }
    }

    static func == (a: Word, b: Word) -> Bool {
      a.kind == b.kind && a.arguments.map(\.value) == b.arguments.map(\.value)
    }
  }

  /// A convolution, pool or fully connected layer, and what follows it.
  private struct Unit {
    var head: Word
    var rest: [Word]

    func text(_ label: String = "") -> String {
      ([head.name + label] + rest.map(\.written)).joined(separator: "-")
    }
  }

  private struct Reader {
    private let words: [Word]
    private var place = 0

    init(_ words: [Word]) { self.words = words }

    private static func isHead(_ word: Word) -> Bool {
      word.kind == "conv" || word.kind == "fc" || word.isPool
    }

    /// What does not belong to the layer before it, but to the way from the stages to the fully connected layers.
    private static func isBridge(_ word: Word) -> Bool {
      word.kind.hasPrefix("global") || word.kind == "flatten" || word.kind == "reshape"
    }

    private mutating func unit(_ isHead: (Word) -> Bool) -> Unit? {
      guard place < words.count, isHead(words[place]) else { return nil }
      let rest = words[(place + 1)...].prefix { !Self.isHead($0) && !Self.isBridge($0) }
      defer { place += 1 + rest.count }
      return Unit(head: words[place], rest: Array(rest))
    }

    mutating func pattern() -> StagePattern? {
      var stages: [(count: Int, unit: Unit)] = []
      var pool: Unit?
      while let first = unit({ $0.kind == "conv" }) {
        if let known = stages.first?.unit, known.rest != first.rest || !known.head.says(first.head) {
          return nil
        }
        var count = 1
        while let next = unit({ $0.kind == "conv" }) {
          guard next.head == first.head, next.rest == first.rest else { return nil }
          count += 1
        }
        guard let end = unit(\.isPool) else { return nil }
        if let pool, pool.head != end.head || pool.rest != end.rest { return nil }
        pool = end
        stages.append((count, first))
      }
      guard stages.count >= StagePattern.fewestStages, let pool else { return nil }
      let bridge = words[place...].prefix(while: Self.isBridge)
      place += bridge.count
      var dense: [Unit] = []
      while let next = unit({ $0.kind == "fc" }) { dense.append(next) }
      guard place == words.count, let last = dense.popLast() else { return nil }
      guard dense.dropFirst().allSatisfy({ $0.rest == dense[0].rest }) else { return nil }
      return StagePattern.written(stages, pool, bridge.map(\.written), dense, last)
    }
  }

  private static func written(
    _ stages: [(count: Int, unit: Unit)], _ pool: Unit, _ bridge: [String], _ dense: [Unit], _ last: Unit
  ) -> StagePattern? {
    let counts = stages.map(\.count)
    var pattern = StagePattern()
    let unit = stages[0].unit
    let inner = counts.allSatisfy { $0 == 1 } ? unit.text() : "(\(unit.text()))*N"
    var parts = ["[\(inner)-\(pool.text())]*M"] + bridge
    if !inner.hasPrefix("(") {
      pattern.names = []
    } else {
      let isEqual = counts.allSatisfy { $0 == counts[0] }
      pattern.names = ["N: \(isEqual ? "\(counts[0])" : "\(counts)")"]
    }
    pattern.names.append("M: \(counts.count)")
    if dense.count > 1 {
      parts.append("(\(dense[0].text()))*K")
      pattern.names.append("K: \(dense.count)")
    } else if let only = dense.first {
      parts.append(only.text())
    }
    pattern.text = (parts + [last.text(":scores")]).joined(separator: "-")
    // A softmax is what the network ends in, not a step of it.
    if let softmax = pattern.text.range(of: "-SOFTMAX", atEnd: true) {
      pattern.text.replaceSubrange(softmax, with: ", SOFTMAX")
    }
    pattern.names.append("CONV: \(mapping(stages.map(\.unit.head)))")
    pattern.names.append("\(pool.head.name): \(value(pool.head))")
    // What holds for all fully connected layers must not hold for the last one by chance.
    let isWhole = ([last] + dense).contains { $0.head.arguments.contains { $0.value == "no" } }
    if !dense.isEmpty {
      let isPlain = !isWhole && dense.allSatisfy { $0.head == dense[0].head }
      let heads = dense.map(\.head)
      pattern.names.append(
        "FC: \(isPlain ? value(heads[0]) : mapping(dense.count > 1 ? heads : [heads[0]], isWhole: isWhole))")
    }
    pattern.names.append("scores: \(isWhole ? mapping([last.head], isWhole: true) : value(last.head))")
    return pattern
  }

  /// `2`, or all arguments.
  private static func value(_ word: Word) -> String {
    let given = word.arguments.filter { $0.value != $0.fallback }
    return given.count == 1 && given[0].name == word.arguments[0].name
      ? short(given[0].value ?? "") : mapping([word])
  }

  /// `{filters: [64, 128], kernel: 3}`: a list where the turns of the outer repeat differ.
  private static func mapping(_ words: [Word], isWhole: Bool = false) -> String {
    let entries = words[0].arguments.indices.compactMap {
      place -> (name: String, text: String, isList: Bool)? in
      let values = words.map { $0.arguments[place].value }
      let argument = words[0].arguments[place]
      if values.allSatisfy({ $0 == argument.fallback }), !isWhole || argument.value == nil { return nil }
      let texts = values.map { short($0 ?? "") }
      let isEqual = texts.allSatisfy { $0 == texts[0] }
      return (argument.name, isEqual ? texts[0] : "[\(texts.joined(separator: ", "))]", !isEqual)
    }
    // What is the same everywhere comes first, as it is read first.
    let sorted = entries.filter { !$0.isList } + entries.filter(\.isList)
    return "{\(sorted.map { "\($0.name): \($0.text)" }.joined(separator: ", "))}"
  }

  /// `3` for `3x3`
  private static func short(_ value: String) -> String {
    let sides = value.split(separator: "x")
    return sides.count == 2 && sides[0] == sides[1] && Int(sides[0]) != nil ? String(sides[0]) : value
  }
}

extension String {
  fileprivate func range(of suffix: String, atEnd: Bool) -> Range<Index>? {
    guard hasSuffix(suffix) else { return nil }
    return index(endIndex, offsetBy: -suffix.count)..<endIndex
  }
}
