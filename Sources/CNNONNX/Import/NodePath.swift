extension NodeProto {
  /// The node's name without what it says twice: `/stem/stem.0/conv/Conv`, as PyTorch writes it, is `stem.0/conv`.
  var path: String {
    var parts = name.split(separator: "/")
    if parts.count > 1, parts.last.map(String.init) == operatorType { parts.removeLast() }
    let kept = parts.indices.filter { index in
      index + 1 == parts.count || !parts[index + 1].hasPrefix(parts[index] + ".")
    }
    return kept.map { String(parts[$0]) }.joined(separator: "/")
  }

  /// Whether the name is the operator with an exporter's number: `Conv_12`, `node_conv2d_3`.
  var isNumbered: Bool {
    var rest = name.lowercased()[...]
    if rest.hasPrefix("node_") { rest = rest.dropFirst(5) }
    guard rest.hasPrefix(operatorType.lowercased()) else { return false }
    rest = rest.dropFirst(operatorType.count)
    if rest.hasPrefix("2d") { rest = rest.dropFirst(2) }
    return rest.allSatisfy { $0 == "_" || $0.isNumber }
  }
}
