import CNNSpec

/// What the layers of an imported network are called: labels for those that have weights with good names, otherwise the
/// kind and its ordinal.
struct LayerNames {
  /// The label of each layer, if it has one.
  private(set) var labels: [String?]
  /// The name of each layer, unique.
  private(set) var names: [String] = []

  init(_ layers: [ImportedLayer]) {
    let prefix = Self.commonPrefix(layers.flatMap { $0.tensors.isEmpty ? [] : $0.hints.prefix(1) })
    var counted: [String: Int] = [:]
    labels = layers.map { layer in
      counted[layer.kind, default: 0] += 1
      if let label = layer.label {
        // What a layer without a label is called anyway; but `where` needs a label.
        let isOwn = label == "\(layer.kind)\(counted[layer.kind, default: 0])" && layer.connections == nil
        return isOwn ? nil : Self.label(keeping: label)
      }
      if layer.kind == "identity" { return "value" }
      if layer.tensors.isEmpty { return nil }
      return layer.hints.lazy.compactMap { Self.label($0, prefix) }.first
    }
    let unlabelled = Set(zip(layers, labels).filter { $0.1 == nil }.map { $0.0.kind })
    var taken = Set(["input"])
    var counts: [String: Int] = [:]
    for index in labels.indices {
      guard let wanted = labels[index] else { continue }
      let base = Self.looksNumbered(wanted, among: unlabelled) ? wanted + "_" : wanted
      var label = base
      var count = counts[base, default: 0]
      repeat {
        count += 1
        label = count == 1 ? base : "\(base)_\(count)"
      } while taken.contains(label) || Self.looksNumbered(label, among: unlabelled)
      counts[base] = count
      taken.insert(label)
      labels[index] = label
    }
    var ordinals: [String: Int] = [:]
    for (layer, label) in zip(layers, labels) {
      ordinals[layer.kind, default: 0] += 1
      names.append(label ?? "\(layer.kind)\(ordinals[layer.kind, default: 0])")
    }
  }

  /// Whether a label might be the name of a layer that has none.
  private static func looksNumbered(_ label: String, among kinds: Set<String>) -> Bool {
    let stem = String(label.reversed().drop { $0.isNumber }.reversed())
    return stem.count < label.count && kinds.contains(stem)
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

  /// A name as a label, with other characters than letters, digits and `_` replaced, or nil where none is left.
  static func label(keeping name: String) -> String? {
    let label = String(name.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" }.prefix(60))
    return label.first?.isLetter == true ? label : nil
  }

  /// A label of a model's name, or nil where that says nothing.
  /// - Parameter prefix: what all names begin with.
  static func label(_ hint: String, _ prefix: String) -> String? {
    // PyTorch's numbers for what it has folded.
    if hint.hasPrefix("onnx::") || hint.utf8.count > 200 { return nil }
    let rest = hint.hasPrefix(prefix) ? hint.dropFirst(prefix.count) : hint[...]
    var parts = rest.split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }
    // Caffe2 counts versions: `conv1_w_0`.
    if parts.count > 2, parts.last == "0", weightWords.contains(parts[parts.count - 2]) { parts.removeLast() }
    if parts.count > 1, let last = parts.last, weightWords.contains(last) { parts.removeLast() }
    let label = parts.joined(separator: "_")
    guard let first = label.first, first.isLetter, label.count <= 60 else { return nil }
    // `n12`, `r7`: an exporter's counter.
    if label.count > 1, label.dropFirst().allSatisfy(\.isNumber) { return nil }
    return label
  }
}
