import CNNSpec

/// A message in the protocol buffers' text format, as it is written: what its fields may be is its reader's business.
package struct TextMessage: Sendable {
  /// In the order of the text; a list `[1, 2]` is as many fields of one name.
  package var fields: [TextField]
  /// From its opening brace to its closing one; all of the text for the outermost message.
  package var range: SourceRange

  /// The fields of a name.
  package func all(_ name: String) -> [TextField] { fields.filter { $0.name == name } }
}

/// A name and a value: `num_output: 20`, `pooling_param { ... }`.
package struct TextField: Sendable {
  package var name: String
  package var nameRange: SourceRange
  package var value: TextValue
  package var range: SourceRange
}

package indirect enum TextValue: Sendable {
  case integer(Int)
  /// Also an integer that is past 64 bits.
  case real(Double)
  /// The value of an enumeration, `true` or `false`.
  case word(String)
  case string(String)
  case message(TextMessage)

  /// For messages: `the word MAX`.
  package var noun: String {
    switch self {
    case .integer(let value): "\(value)"
    case .real(let value): "\(value)"
    case .word(let word): "the word `\(word)`"
    case .string(let text): "the string \"\(text)\""
    case .message: "a message"
    }
  }
}
