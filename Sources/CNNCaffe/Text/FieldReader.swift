import CNNSpec

/// Why a layer cannot be imported.
enum Refusal: Error {
  case findings([Diagnostic])
  /// Something that it reads could not be imported, which has been reported.
  case dependent

  init(_ code: DiagnosticCode, _ message: String, at place: SourceRange, help: [String] = []) {
    self = .findings([Diagnostic(code, message, at: place, help: help)])
  }
}

/// Reads the fields of a message as the types that Caffe gives them; a message that is left out has all defaults.
struct FieldReader {
  /// Whose fields they are, for messages: `conv1`.
  let owner: String
  let message: TextMessage?

  /// A field that is there at most once.
  func field(_ name: String) throws(Refusal) -> TextField? {
    let found = message?.all(name) ?? []
    guard found.count > 1 else { return found.first }
    throw Refusal(
      .modelFile, "`\(name)` of `\(owner)` is there \(found.count) times, expected once", at: found[1].range)
  }

  private func wrong(_ field: TextField, _ expected: String) -> Refusal {
    Refusal(
      .modelFile, "`\(field.name)` of `\(owner)` is \(field.value.noun), expected \(expected)",
      at: field.range)
  }

  // MARK: Types

  private func integer(_ field: TextField, _ bounds: ClosedRange<Int>) throws(Refusal) -> Int {
    guard case .integer(let value) = field.value, bounds.contains(value) else {
      let upper =
        bounds.upperBound == .max || bounds.upperBound == Self.largest ? "" : " to \(bounds.upperBound)"
      throw wrong(field, "an integer from \(bounds.lowerBound)\(upper)")
    }
    return value
  }

  /// What no size or count of a network is above.
  static let largest = Int(Int32.max)

  func integer(_ name: String, _ bounds: ClosedRange<Int>) throws(Refusal) -> Int? {
    guard let field = try field(name) else { return nil }
    return try integer(field, bounds)
  }

  func integers(_ name: String, _ bounds: ClosedRange<Int>) throws(Refusal) -> [Int] {
    var values: [Int] = []
    for field in message?.all(name) ?? [] { values.append(try integer(field, bounds)) }
    return values
  }

  private func real(_ field: TextField) throws(Refusal) -> Float {
    let value: Float? =
      switch field.value {
      case .integer(let value): Float(value)
      case .real(let value): Float(value)
      default: nil
      }
    guard let value, value.isFinite else { throw wrong(field, "a finite number") }
    return value
  }

  func real(_ name: String) throws(Refusal) -> Float? {
    guard let field = try field(name) else { return nil }
    return try real(field)
  }

  func reals(_ name: String) throws(Refusal) -> [Float] {
    var values: [Float] = []
    for field in message?.all(name) ?? [] { values.append(try real(field)) }
    return values
  }

  func flag(_ name: String) throws(Refusal) -> Bool? {
    guard let field = try field(name) else { return nil }
    switch field.value {
    case .word("true"), .word("True"), .word("t"), .integer(1): return true
    case .word("false"), .word("False"), .word("f"), .integer(0): return false
    default: throw wrong(field, "`true` or `false`")
    }
  }

  /// A value of an enumeration, by its name or its number.
  func word(_ name: String, among words: [String]) throws(Refusal) -> String? {
    guard let field = try field(name) else { return nil }
    switch field.value {
    case .word(let word) where words.contains(word): return word
    case .integer(let index) where words.indices.contains(index): return words[index]
    default: throw wrong(field, words.map { "`\($0)`" }.joined(separator: ", "))
    }
  }

  private func string(_ field: TextField) throws(Refusal) -> String {
    guard case .string(let text) = field.value else { throw wrong(field, "a string in quotes") }
    return text
  }

  func string(_ name: String) throws(Refusal) -> String? {
    guard let field = try field(name) else { return nil }
    return try string(field)
  }

  /// Strings with their places.
  func strings(_ name: String) throws(Refusal) -> [(text: String, range: SourceRange)] {
    var values: [(String, SourceRange)] = []
    for field in message?.all(name) ?? [] { values.append((try string(field), field.range)) }
    return values
  }

  private func message(_ field: TextField) throws(Refusal) -> TextMessage {
    guard case .message(let message) = field.value else { throw wrong(field, "a message in braces") }
    return message
  }

  /// A message inside this one; its fields are all defaults where it is left out.
  func reader(_ name: String) throws(Refusal) -> FieldReader {
    guard let field = try field(name) else { return FieldReader(owner: owner, message: nil) }
    return FieldReader(owner: owner, message: try message(field))
  }

  func readers(_ name: String) throws(Refusal) -> [FieldReader] {
    var values: [FieldReader] = []
    for field in message?.all(name) ?? [] {
      values.append(FieldReader(owner: owner, message: try message(field)))
    }
    return values
  }

  // MARK: Names

  func has(_ name: String) -> Bool { message?.fields.contains { $0.name == name } ?? false }

  /// Where a field stands.
  func range(_ name: String) -> SourceRange? { message?.fields.first { $0.name == name }?.range }

  /// What is said of the fields that the format has not.
  func unknown(besides names: Set<String>) -> [Diagnostic] {
    let others = (message?.fields ?? []).lazy.filter { !names.contains($0.name) }
    return others.prefix(DiagnosticCollector.limit).map { field in
      Diagnostic(
        .unsupportedModel, "`\(owner)` has a field `\(field.name)`, which is not known", at: field.nameRange,
        help: Nearest.match(field.name, among: names.sorted()).map { ["did you mean `\($0)`?"] } ?? [])
    }
  }
}
