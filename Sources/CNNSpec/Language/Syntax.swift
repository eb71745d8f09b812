/// A word with its place.
package struct Word: Hashable, Sendable {
  package var text: String
  package var range: SourceRange

  package init(text: String, range: SourceRange) {
    self.text = text
    self.range = range
  }
}

/// A step of a pattern or of a list of steps, as written.
package struct StepSyntax: Sendable {
  package enum Primary: Sendable {
    case layer(LayerSyntax)
    case group([StepSyntax])
    case reference(LabelSyntax)
    case join(JoinSyntax)
    /// A part that could not be read and has been reported.
    case broken
  }

  package enum Choice: Sendable {
    /// `?project`
    case name(Word)
    /// A bare `?`: the `where` entry of the layer's label or kind with a question mark behind it.
    case ownEntry
  }

  package var primary: Primary
  package var count: Expression?
  package var choice: Choice?
  package var range: SourceRange
}

/// `CONV:c1(64, 3x3, pad=1)` or its long form.
package struct LayerSyntax: Sendable {
  package var kind: Word
  package var label: Word?
  package var arguments: [ArgumentSyntax]
  package var range: SourceRange
}

/// `add`, `concat` or `multiply` with its branches.
package struct JoinSyntax: Sendable {
  package var kind: Word
  package var label: Word?
  package var branches: [[StepSyntax]]
  package var range: SourceRange
}

package struct ArgumentSyntax: Sendable {
  /// Left out for a positional one.
  package var name: Word?
  package var value: ValueSyntax
}

/// `@skip`, `@stage.2`
package struct LabelSyntax: Hashable, Sendable {
  package var name: String
  /// Which occurrence inside repeats.
  package var indices: [Int]
  package var range: SourceRange

  package var text: String { ([name] + indices.map(String.init)).joined(separator: ".") }
}

/// A value as written: what it means depends on the argument that it's for.
package struct ValueSyntax: Sendable {
  package indirect enum Content: Sendable {
    case expression(Expression)
    /// `3x3`, with two or more numbers
    case size([Int])
    case reference(LabelSyntax)
    /// `?`
    case question
    /// `1..3`: a family
    case family(ClosedRange<Int>)
    /// A YAML list.
    case list([ValueSyntax])
    /// A YAML mapping: arguments by name.
    case mapping([(key: Word, value: ValueSyntax)])
    case broken
  }

  package var content: Content
  package var range: SourceRange
}
