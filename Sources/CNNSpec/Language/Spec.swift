/// A spec as written: every key read and typed, nothing expanded.
package struct Spec: Sendable {
  /// The size of one image; nil where the spec asks `?`.
  package struct Input: Sendable {
    package var channels: Int
    package var height: Int?
    package var width: Int?
    package var range: SourceRange

    package var asks: Bool { height == nil || width == nil }
  }

  package enum Classes: Sendable {
    case labels([String], SourceRange)
    /// The name of a text file beside the spec, one label a line.
    case file(String, SourceRange)

    package var range: SourceRange {
      switch self {
      case .labels(_, let range), .file(_, let range): range
      }
    }
  }

  package var text: SourceText
  package var name: String
  package var input: Input
  package var network: [StepSyntax]
  package var bindings: [Binding]
  /// By their names in small letters: a block's name is a kind.
  package var blocks: [String: Block]
  /// `exact`, `floor` or `ceil`: the default of every window.
  package var rounding: String
  package var outputs: [LabelSyntax]
  package var classes: Classes?
  package var preprocessing: Preprocessing
  package var training: TrainingRecipe

  package func block(named name: String) -> Block? { blocks[name.lowercased()] }

  /// An entry of `where`: a count, a kind's arguments, a label's, or a choice (`POOL?`).
  package struct Binding: Sendable {
    package var key: Word
    package var value: ValueSyntax
  }

  package struct Block: Sendable {
    package struct Parameter: Sendable {
      package var name: Word
      /// Nil for `required`.
      package var fallback: ValueSyntax?
    }

    package var name: Word
    package var parameters: [Parameter]
    package var bindings: [Binding]
    package var network: [StepSyntax]
  }
}
