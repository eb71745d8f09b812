/// What a model calls a layer or an output. Nothing of it has been checked.
package struct Hint: Sendable {
  /// Whose name it is.
  package enum Origin: Sendable {
    /// A person wrote it.
    case person
    /// A tensor's: a person's, or a number that an exporter gave it.
    case tensor
    /// A node's, likewise.
    case node
  }

  package var text: String
  package var origin: Origin

  package init(_ text: String, _ origin: Origin) {
    self.text = text
    self.origin = origin
  }
}
