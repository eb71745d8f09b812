/// A text as a tree, every part with the range it came from. YAML and JSON read into the same tree.
///
/// Scalars are text: neither YAML's rules for numbers and booleans nor JSON's types are applied.
package struct DocumentValue: Sendable {
  package enum Content: Sendable {
    case scalar(Scalar)
    case sequence([DocumentValue])
    case mapping([DocumentEntry])
  }

  package var content: Content
  package var range: SourceRange

  package init(_ content: Content, _ range: SourceRange) {
    self.content = content
    self.range = range
  }

  package var scalar: Scalar? { if case .scalar(let scalar) = content { scalar } else { nil } }

  /// What it is, in the words of messages.
  package var noun: String {
    switch content {
    case .scalar(let scalar): scalar.text.isEmpty ? "nothing" : "`\(scalar.text.prefix(60))`"
    case .sequence: "a list"
    case .mapping: "a mapping"
    }
  }
}

/// A key and its value.
package struct DocumentEntry: Sendable {
  package var key: Scalar
  package var value: DocumentValue

  package init(key: Scalar, value: DocumentValue) {
    self.key = key
    self.value = value
  }
}

/// A piece of text inside a document, with the way back to the source.
package struct Scalar: Sendable {
  package enum Style: Sendable { case plain, singleQuoted, doubleQuoted, block }

  package var text: String
  package var style: Style
  package var range: SourceRange

  package init(_ text: String, _ style: Style, _ range: SourceRange) {
    self.text = text
    self.style = style
    self.range = range
  }

  /// For each byte of the text, and for its end, the byte offset in the source.
  ///
  /// Quotes, escapes and folded lines make the two differ, so the source is scanned again, keeping step
  /// with the text.
  package var sourceOffsets: [Int] {
    let source = range.text.bytes
    let target = Array(text.utf8)
    if style == .plain, range.end - range.start == target.count {
      return Array(range.start...range.end)
    }
    var offsets: [Int] = []
    offsets.reserveCapacity(target.count + 1)
    var at = range.start
    if style == .singleQuoted || style == .doubleQuoted { at += 1 }
    if style == .block {  // Behind the header line: `|`, `>-`.
      while at < range.end, source[at] != 0x0A, source[at] != 0x0D { at += 1 }
    }
    var index = 0
    while index < target.count {
      let byte = target[index]
      let width = Self.width(ofScalarStarting: byte)
      if !Self.isBlank(byte) { Self.skipFold(source, &at, range.end, style) }
      let start = min(at, max(range.start, range.end - 1))
      at = Self.next(source, at, range.end, style)
      for _ in 0..<width where offsets.count < target.count { offsets.append(start) }
      index += width
    }
    offsets.append(min(at, range.end))
    return offsets
  }

  /// Skips what folding removed: blanks, line ends, and escaped line ends.
  private static func skipFold(_ source: [UInt8], _ at: inout Int, _ end: Int, _ style: Style) {
    while at < end {
      if isBlank(source[at]) {
        at += 1
      } else if style == .doubleQuoted, source[at] == 0x5C, at + 1 < end,
        source[at + 1] == 0x0A || source[at + 1] == 0x0D
      {
        at += 2
      } else {
        return
      }
    }
  }

  /// Behind one scalar of the source, which may be written as an escape.
  private static func next(_ source: [UInt8], _ at: Int, _ end: Int, _ style: Style) -> Int {
    guard at < end else { return at }
    if style == .singleQuoted, source[at] == 0x27 { return at + 2 }
    if style == .doubleQuoted, source[at] == 0x5C, at + 1 < end {
      switch source[at + 1] {
      case UInt8(ascii: "x"): return at + 4
      case UInt8(ascii: "u"):
        let isHighSurrogate =
          at + 3 < end && (source[at + 2] | 0x20) == UInt8(ascii: "d")
          && [0x38, 0x39, 0x61, 0x62].contains(source[at + 3] | 0x20)
        return at + (isHighSurrogate ? 12 : 6)
      case UInt8(ascii: "U"): return at + 10
      default: return at + 2
      }
    }
    return at + width(ofScalarStarting: source[at])
  }

  private static func isBlank(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D
  }

  private static func width(ofScalarStarting byte: UInt8) -> Int {
    byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4
  }
}

/// What untrusted specs are held to, so that none takes the machine's memory or time.
package enum SpecLimits {
  /// Bytes of a spec's text.
  package static let bytes = 16 << 20
  /// Values of a document, keys included.
  package static let values = 500_000
  /// Steps of one pattern.
  package static let patternSteps = 100_000
  /// Characters of a name or a label: names of nested calls are chained.
  package static let nameLength = 100
  /// Depth of nested sequences, mappings and parentheses.
  package static let nesting = 100
  /// Depth of an expansion: blocks, groups and branches inside each other.
  package static let expansionDepth = 400
  /// Operations of one expression as written, and parts of one with its names replaced.
  package static let operations = 200
  package static let expressionParts = 1000
  /// `where` entries looked up inside each other.
  package static let lookups = 30
  /// Names looked up in all.
  package static let names = 1_000_000
  /// Values that all aliases of a document together may stand for.
  package static let aliasedValues = 100_000
  /// Layers of an expanded network.
  package static let layers = 10_000
  /// Steps taken to expand a network, those that make no layer included.
  package static let steps = 100_000
  /// Members of a family.
  package static let members = 10_000
  /// Ranges of a family, and `where` entries of all members together.
  package static let axes = 20
  package static let memberEntries = 2_000_000
  /// Steps taken to expand all members of a family together.
  package static let familySteps = 300_000
}
