/// What a model calls its layers, taken apart: `layer1.0.conv1.weight` is `layer1`, `0` and `conv1`.
struct HintParts {
  /// The parts for each layer that has weights and a name that says something.
  private(set) var parts: [[Substring]?]
  /// What the model calls the values that it returns, where that says something.
  private(set) var outputs: [Int: [Substring]] = [:]
  /// What a person called the layers, with weights or not.
  private(set) var written: [[Substring]?]

  private static let followers: Set<String> = ["bn", "scale", "prelu"]

  init(_ graph: ImportedGraph) {
    let layers = graph.layers
    // What follows a layer with filters is known by it.
    let isBare = !layers.contains { !$0.tensors.isEmpty && !Self.followers.contains($0.kind) }
    let named = layers.map { !$0.tensors.isEmpty && (isBare || !Self.followers.contains($0.kind)) }
    let hints = zip(layers, named).map { layer, isNamed in isNamed ? layer.hints : [] }
    let prefix = Self.commonPrefix(hints.flatMap { $0.prefix(1).map(\.text) })
    let counted = [Hint.Origin.tensor, .node].filter { Self.areCounted(hints.joined(), $0) }
    parts = zip(layers, hints).map { layer, hints in
      if let label = layer.label { return Self.parts(keeping: label) }
      return hints.lazy.compactMap { hint in
        counted.contains(hint.origin) && Self.count(hint.text) != nil ? nil : Self.parts(of: hint, prefix)
      }.first
    }
    written = layers.map { layer in
      layer.hints.lazy.filter { $0.origin == .person }.compactMap { Self.parts(of: $0, "") }.first
    }
    let isCounted = Self.areCounted(graph.outputHints.compactMap(\.self), .tensor)
    for case (.layer(let index), let hint?) in zip(graph.outputs, graph.outputHints) {
      if isCounted && hint.origin == .tensor && Self.count(hint.text) != nil { continue }
      outputs[index] = Self.parts(ofOutput: hint)
    }
  }

  /// A name with other characters than a label's replaced by `_`.
  static func plain(_ name: String) -> String {
    String(name.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
  }

  // MARK: An exporter's counter

  /// The letter and number of `n12`.
  private static func count(_ name: String) -> (letter: Character, number: Int)? {
    guard let letter = name.first, letter.isLetter, name.count < 10, let number = Int(name.dropFirst()),
      number >= 0
    else { return nil }
    return (letter, number)
  }

  /// Whether the names of an origin are numbers that an exporter gave everything that it wrote: all of them one letter
  /// and a number, and many numbers are missing in between. A person counts 1, 2, 3 or with a letter for each kind.
  private static func areCounted(_ hints: some Sequence<Hint>, _ origin: Hint.Origin) -> Bool {
    let bare = hints.filter { $0.origin == origin && $0.text.allSatisfy { $0.isLetter || $0.isNumber } }
    let counts = bare.compactMap { count($0.text) }
    guard let first = counts.first, counts.count == bare.count,
      counts.allSatisfy({ $0.letter == first.letter })
    else { return false }
    let numbers = Set(counts.map(\.number))
    return numbers.max() ?? 0 > numbers.count
  }

  // MARK: Parts

  /// The parts of a name that is to be kept, as far as a label may be so.
  private static func parts(keeping name: String) -> [Substring]? {
    let parts = name.split(separator: ".").map { Substring(plain(String($0))) }
    return label(parts) == nil ? nil : parts
  }

  /// The folders that all names have in common: `gpu_0/`.
  private static func commonPrefix(_ hints: [String]) -> String {
    guard hints.count > 1, let first = hints.first else { return "" }
    var prefix = Array(first.utf8)[...]
    for hint in hints { prefix = prefix.prefix(zip(prefix, hint.utf8).prefix { $0 == $1 }.count) }
    let end = prefix.lastIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: ".") }
    return end.map { String(decoding: prefix[...$0], as: UTF8.self) } ?? ""
  }

  private static func split(_ text: some StringProtocol) -> [Substring] {
    Substring(text).split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }
  }

  /// What a weights file calls the weights themselves.
  private static let weightWords: Set<Substring> = [
    "weight", "weights", "w", "W", "kernel", "scale", "s", "gamma", "slope",
  ]

  /// `conv` and `12` of `conv12`.
  private static func numbered(_ part: Substring) -> (stem: Substring, number: Substring)? {
    guard let end = part.lastIndex(where: { !$0.isNumber }) else { return nil }
    return (part[...end], part[part.index(after: end)...])
  }

  /// The parts of a model's name, or nil where that says nothing.
  /// - Parameter prefix: what all names begin with.
  private static func parts(of hint: Hint, _ prefix: String) -> [Substring]? {
    let text = hint.text
    // PyTorch's numbers for what it has folded.
    if text.hasPrefix("onnx::") || text.utf8.count > 200 { return nil }
    var parts = split(text.hasPrefix(prefix) ? text.dropFirst(prefix.count) : text[...])
    if hint.origin == .tensor {
      // Caffe2 counts versions: `conv1_w_0`.
      if parts.count > 2, parts.last == "0", weightWords.contains(parts[parts.count - 2]) {
        parts.removeLast()
      }
      if parts.count > 1, let last = parts.last, weightWords.contains(last) { parts.removeLast() }
      // `W1` counts weights.
      if parts.count == 1, let (stem, number) = numbered(parts[0]), !number.isEmpty,
        weightWords.contains(stem), stem != "s"
      {
        return nil
      }
    }
    return label(parts) == nil ? nil : parts
  }

  /// An exporter's path to what computes an output says no more than the layer's own name.
  private static func parts(ofOutput hint: Hint) -> [Substring]? {
    if hint.origin != .person, plain(hint.text) != hint.text { return nil }
    let parts = hint.text.utf8.count > 200 ? [] : split(hint.text)
    return label(parts) == nil ? nil : parts
  }

  /// The label that parts make, or nil where that says nothing.
  static func label(_ parts: some Sequence<Substring>) -> String? {
    let label = parts.joined(separator: "_")
    guard let first = label.first, first.isLetter, label.count <= 60 else { return nil }
    return label
  }

  /// How many parts the names of some layers begin with alike; all of the name's where there is one.
  func shared(_ layers: [Int]) -> (first: [Substring], count: Int) {
    let named = layers.compactMap { parts[$0] }
    guard let first = named.first else { return ([], 0) }
    let count = named.reduce(first.count) { count, parts in
      zip(first.prefix(count), parts).prefix { $0 == $1 }.count
    }
    return (first, count)
  }
}
