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
}
