/// A spec with its patterns, blocks and repeats expanded: layers in order, none of them checked yet.
package struct Network: Sendable {
  package var layers: [Layer] = []
  /// Steps taken to expand it, those that made no layer included.
  package var steps = 0
  /// What the calls of blocks computed, by the calls' names.
  package var calls: [String: LayerInput] = [:]
  /// What the last step computed.
  package var result: LayerInput = .network
}

/// Where a layer's input comes from.
package enum LayerInput: Hashable, Sendable {
  /// The network's own input.
  case network
  /// The layer of this index.
  case layer(Int)
  /// A value that could not be told because of an error that has been reported.
  case unknown
}

/// One layer of an expanded network.
package struct Layer: Sendable {
  /// Unique: the label or the kind and its ordinal, behind the block calls' names.
  package var name: String
  /// The kind's proper name, `conv`; nil for a kind that nobody knows, which has been reported.
  package var kind: String?
  package var arguments: [String: LayerArgument]
  package var inputs: [LayerInput]
  /// Where its kind stands in the source.
  package var range: SourceRange
}

/// The value of an argument with all names but `channels`, `height` and `width` replaced.
package struct LayerArgument: Sendable {
  package indirect enum Value: Sendable {
    case expression(Expression)
    case size([Int])
    case word(String)
    case flag(Bool)
    case layer(LayerInput)
    case question
    case list([LayerArgument])
    /// Reported already.
    case unknown
  }

  package var value: Value
  package var range: SourceRange

  package init(_ value: Value, _ range: SourceRange) {
    self.value = value
    self.range = range
  }
}
