/// What a model calls its layers, taken apart: `layer1.0.conv1.weight` is `layer1`, `0` and `conv1`.
struct HintParts {
  /// The parts for each layer that has weights and a name that says something.
  private(set) var parts: [[Substring]?]

  private static let followers: Set<String> = ["bn", "scale", "prelu"]

  init(_ layers: [ImportedLayer]) {
    // What follows a layer with filters is known by it.
    let isBare = !layers.contains { !$0.tensors.isEmpty && !Self.followers.contains($0.kind) }
    let named = layers.map { !$0.tensors.isEmpty && (isBare || !Self.followers.contains($0.kind)) }
    let prefix = Self.commonPrefix(zip(layers, named).flatMap { $1 ? $0.hints.prefix(1) : [] })
    parts = zip(layers, named).map { layer, isNamed in
      if let label = layer.label { return Self.parts(keeping: label) }
      return isNamed ? layer.hints.lazy.compactMap { Self.parts(of: $0, prefix) }.first : nil
    }
  }

  /// A name with other characters than a label's replaced by `_`.
  static func plain(_ name: String) -> String {
    String(name.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
  }

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

  /// What a weights file calls the weights themselves.
  private static let weightWords: Set<Substring> = [
    "weight", "weights", "w", "W", "kernel", "scale", "s", "gamma", "slope",
  ]

  /// The parts of a model's name, or nil where that says nothing.
  /// - Parameter prefix: what all names begin with.
  private static func parts(of hint: String, _ prefix: String) -> [Substring]? {
    // PyTorch's numbers for what it has folded.
    if hint.hasPrefix("onnx::") || hint.utf8.count > 200 { return nil }
    let rest = hint.hasPrefix(prefix) ? hint.dropFirst(prefix.count) : hint[...]
    var parts = rest.split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }
    // Caffe2 counts versions: `conv1_w_0`.
    if parts.count > 2, parts.last == "0", weightWords.contains(parts[parts.count - 2]) { parts.removeLast() }
    if parts.count > 1, let last = parts.last, weightWords.contains(last) { parts.removeLast() }
    // `n12`, `r7`: an exporter's counter.
    let isCounter = parts.count == 1 && parts[0].count > 1 && parts[0].dropFirst().allSatisfy(\.isNumber)
    return isCounter || label(parts) == nil ? nil : parts
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
