import CNN
import CNNSpec

/// Layers by their names, or by the names of what they lie in: `stage1` is all of `stage1.0.conv1`, ..., and
/// `conv1` is not `conv10`.
package struct LayerSelection: Sendable {
  private let names: [String]

  /// - Parameter option: what names them, for the diagnostics: `--reinitialize`.
  /// - Throws: `unknown-label` for each name that no layer with parameters bears.
  package init(_ names: [String], of model: Model, option: String) throws(Diagnostics) {
    try self.init(names.map { ($0, Diagnostic.Place.none) }, of: model, option: option)
  }

  /// Names that a spec gives, at their places.
  package init(_ words: [Word], of model: Model, option: String) throws(Diagnostics) {
    try self.init(words.map { ($0.text, Diagnostic.Place.text($0.range)) }, of: model, option: option)
  }

  private init(
    _ names: [(text: String, place: Diagnostic.Place)], of model: Model, option: String
  ) throws(Diagnostics) {
    let layers = model.network.layers.filter { !$0.parameters.isEmpty }.map(\.name)
    var findings: [Diagnostic] = []
    for (name, place) in names where !layers.contains(where: { Self.covers(name, $0) }) {
      findings.append(
        Diagnostic(
          .unknownLabel, "\(option): `\(model.name)` has no layer `\(name)` with parameters", at: place,
          help: Nearest.help(name, among: layers)))
    }
    guard findings.isEmpty else { throw Diagnostics(findings) }
    self.names = names.map(\.text)
  }

  package func contains(layer: String) -> Bool { names.contains { Self.covers($0, layer) } }

  /// A tensor's name is its layer's with one more part.
  package func contains(tensor: String) -> Bool {
    contains(layer: tensor.lastIndex(of: ".").map { String(tensor[..<$0]) } ?? tensor)
  }

  /// Whether a name is a layer's, or that of what it lies in.
  static func covers(_ name: String, _ layer: String) -> Bool {
    layer == name || layer.hasPrefix(name + ".")
  }
}
