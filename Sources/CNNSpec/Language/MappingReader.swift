/// Reads a mapping key by key, and reports what is wrong with its keys and values.
struct MappingReader {
  private let entries: [DocumentEntry]
  private let range: SourceRange
  /// What the mapping is, in messages: `a spec`, `preprocess`.
  private let noun: String

  /// - Parameter keys: all that may occur.
  init(
    _ value: DocumentValue, _ noun: String, keys: [String], _ diagnostics: inout DiagnosticCollector
  ) {
    self.noun = noun
    range = value.range
    guard case .mapping(let all) = value.content else {
      entries = []
      diagnostics.error(
        .wrongType, "\(noun) is a mapping, not \(value.noun)", at: value.range,
        help: ["the keys of \(noun) are " + keys.map { "`\($0)`" }.joined(separator: ", ")])
      return
    }
    entries = Self.withoutDuplicates(all, &diagnostics)
    for entry in entries where !keys.contains(entry.key.text) {
      diagnostics.error(
        .unknownKey, "\(noun) has no key `\(entry.key.text)`", at: entry.key.range,
        // `{network: conv(8, 3)}` is two keys to YAML.
        help: entry.key.text.contains(where: { "()[]".contains($0) })
          ? ["quote the pattern"] : Nearest.help(entry.key.text, among: keys))
    }
  }

  /// The first entry of every key; the others are reported.
  static func withoutDuplicates(
    _ entries: [DocumentEntry], _ diagnostics: inout DiagnosticCollector
  ) -> [DocumentEntry] {
    var first: [String: SourceRange] = [:]
    return entries.filter { entry in
      guard let earlier = first[entry.key.text] else {
        first[entry.key.text] = entry.key.range
        return true
      }
      diagnostics.error(
        .duplicateKey,
        "`\(entry.key.text)` is there already, in line \(earlier.line)", at: entry.key.range,
        help: ["keep one of the two"])
      return false
    }
  }

  subscript(key: String) -> DocumentValue? { entries.first { $0.key.text == key }?.value }

  func required(_ key: String, help: String, _ diagnostics: inout DiagnosticCollector) -> DocumentValue? {
    if let value = self[key] { return value }
    let start = SourceRange(text: range.text, start: range.start, end: range.start)
    diagnostics.error(.missingKey, "\(noun) needs the key `\(key)`", at: start, help: [help])
    return nil
  }

  // MARK: Values

  /// A word among several, or nil where the key is left out or wrong.
  func word(_ key: String, among words: [String], _ diagnostics: inout DiagnosticCollector) -> String? {
    guard let value = self[key] else { return nil }
    if let text = value.scalar?.text, words.contains(text) { return text }
    let help = Nearest.help(value.scalar?.text ?? "", among: words)
    diagnostics.error(.invalidValue, "`\(key)` cannot be \(value.noun)", at: value.range, help: help)
    return nil
  }

  func flag(_ key: String, _ diagnostics: inout DiagnosticCollector) -> Bool? {
    word(key, among: ["yes", "no", "true", "false"], &diagnostics).map { $0 == "yes" || $0 == "true" }
  }

  /// A number within bounds.
  func real(
    _ key: String, _ bounds: ClosedRange<Double>, _ diagnostics: inout DiagnosticCollector
  ) -> Double? {
    self[key].flatMap { Self.real($0, "`\(key)`", bounds, &diagnostics) }
  }

  func integer(
    _ key: String, _ bounds: ClosedRange<Int>, _ diagnostics: inout DiagnosticCollector
  ) -> Int? {
    guard let value = self[key] else { return nil }
    if let number = Self.number(value, "`\(key)`", &diagnostics) {
      if let integer = number.integer, bounds.contains(integer) { return integer }
      let limit =
        bounds.upperBound == .max
        ? "from \(bounds.lowerBound)" : "from \(bounds.lowerBound) to \(bounds.upperBound)"
      diagnostics.error(
        .invalidValue, "`\(key)` is an integer \(limit), not \(number.text)", at: value.range)
    }
    return nil
  }

  static func real(
    _ value: DocumentValue, _ noun: String, _ bounds: ClosedRange<Double>,
    _ diagnostics: inout DiagnosticCollector
  ) -> Double? {
    guard let number = number(value, noun, &diagnostics) else { return nil }
    guard bounds.contains(number.double) else {
      let infinite = bounds.upperBound == .greatestFiniteMagnitude
      let text =
        infinite ? "at least \(bounds.lowerBound)" : "from \(bounds.lowerBound) to \(bounds.upperBound)"
      diagnostics.error(.invalidValue, "\(noun) is \(text), not \(number.text)", at: value.range)
      return nil
    }
    return number.double
  }

  /// A constant expression: `1/255`, `5e-4`.
  static func number(
    _ value: DocumentValue, _ noun: String, _ diagnostics: inout DiagnosticCollector
  ) -> Number? {
    if let scalar = value.scalar, let syntax = try? PatternParser.value(scalar),
      case .expression(let expression) = syntax.content,
      let number = try? expression.evaluate(dimension: { _, _ in nil }), number.double.isFinite
    {
      return number
    }
    diagnostics.error(.invalidValue, "\(noun) is a number, not \(value.noun)", at: value.range)
    return nil
  }

  /// The items of a list, or the one item that stands without brackets.
  static func items(_ value: DocumentValue) -> [DocumentValue] {
    if case .sequence(let items) = value.content { items } else { [value] }
  }
}
