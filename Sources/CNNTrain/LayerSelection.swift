import CNNGraph
import CNNSpec

/// Layers by their names, or by the names of what they lie in.
package struct LayerSelection: Sendable {
  private let words: [Word]

  /// - Parameters:
  ///   - words: names, at their places in the spec.
  ///   - key: what lists them, for the diagnostics.
  /// - Throws: `unknown-label` for each name that no layer with parameters bears.
  package init(_ words: [Word], of network: CheckedNetwork, key: String) throws(Diagnostics) {
    let layers = network.layers.filter { !$0.parameters.isEmpty }.map(\.name)
    let unknown = words.filter { word in !layers.contains { word.covers(layer: $0) } }
    guard unknown.isEmpty else {
      throw Diagnostics(
        unknown.map { word in
          Diagnostic(
            .unknownLabel, "\(key): `\(network.spec.name)` has no layer `\(word.text)` with parameters",
            at: .text(word.range), help: Nearest.help(word.text, among: layers))
        })
    }
    self.words = words
  }

  /// Names that the command line gives.
  package init(_ names: [String], of network: CheckedNetwork, option: String) throws(Diagnostics) {
    let text = SourceText(name: option, names.joined(separator: ","))
    var words: [Word] = []
    var start = 0
    for name in names {
      let end = start + name.utf8.count
      words.append(Word(text: name, range: SourceRange(text: text, start: start, end: end)))
      start = end + 1
    }
    try self.init(words, of: network, key: option)
  }

  package func contains(layer: String) -> Bool { words.contains { $0.covers(layer: layer) } }

  /// A tensor's name is its layer's with one more part.
  package func contains(tensor: String) -> Bool {
    contains(layer: tensor.lastIndex(of: ".").map { String(tensor[..<$0]) } ?? tensor)
  }
}
