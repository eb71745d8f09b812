/// Recursive descent over a scalar's text: patterns and argument values.
///
///     pattern := step { ("-" | ",") step }
///     step    := primary [ "*" count ] [ "?" [ NAME ] ]
///     primary := layer | "(" pattern ")" | "[" pattern "]" | "@" LABEL
struct PatternParser {
  var lexer: PatternLexer
  var token: Token
  var depth = 0
  var operations = 0
  /// The end of the token before the current one, in the scalar's text.
  var lastEnd = 0

  /// A pattern, whole.
  static func pattern(_ scalar: Scalar) throws(Diagnostics) -> [StepSyntax] {
    do throws(Diagnostics) {
      var parser = try PatternParser(scalar)
      guard parser.token.content != .end else {
        throw Diagnostics(
          Diagnostic(
            .patternSyntax, "the pattern is empty", at: scalar.range,
            help: ["write a layer: `conv(16, 3)`; `identity` changes nothing"]))
      }
      let steps = try parser.steps()
      try parser.expectEnd("`-`, `,` or the end")
      return steps
    } catch {
      throw blamingCommas(error, scalar)
    }
  }

  /// An argument's value, whole.
  static func value(_ scalar: Scalar) throws(Diagnostics) -> ValueSyntax {
    guard !scalar.text.isEmpty else {
      throw Diagnostics(
        Diagnostic(
          .invalidValue, "a value is missing", at: scalar.range, help: ["`?` needs quotes: \"?\""]))
    }
    do throws(Diagnostics) {
      var parser = try PatternParser(scalar)
      let value = try parser.value()
      try parser.expectEnd("an operation or the end")
      return value
    } catch {
      throw blamingCommas(error, scalar)
    }
  }

  /// To YAML, `[conv(64, 3x3)-bn, identity]` is three items: where a comma cut a parenthesis, say so first.
  private static func blamingCommas(_ error: Diagnostics, _ scalar: Scalar) -> Diagnostics {
    let bytes = scalar.range.text.bytes
    guard scalar.style == .plain else { return error }
    let openers = scalar.text.utf8.count { $0 == UInt8(ascii: "(") }
    guard openers != scalar.text.utf8.count(where: { $0 == UInt8(ascii: ")") }) else { return error }
    let isBlank = { (byte: UInt8) in byte <= 0x20 }
    let before = bytes[..<scalar.range.start].last { !isBlank($0) }
    let behind = bytes[min(scalar.range.end, bytes.count)...].first { !isBlank($0) }
    guard before == UInt8(ascii: ",") || behind == UInt8(ascii: ",") else { return error }
    let help = "quote the pattern"
    return Diagnostics(
      error.all.map {
        var finding = $0
        finding.help.removeAll { $0 == help }
        finding.help.insert(help, at: 0)
        return finding
      })
  }

  /// `conv:c1`, the key of a step's long form.
  static func key(_ scalar: Scalar) throws(Diagnostics) -> (kind: Word, label: Word?) {
    var parser = try PatternParser(scalar)
    let kind = try parser.word("a kind of layer")
    let label = try parser.optionalLabel()
    try parser.expectEnd("the end of a kind with its label, as in `conv:c1`,")
    return (kind, label)
  }

  private init(_ scalar: Scalar) throws(Diagnostics) {
    lexer = PatternLexer(scalar)
    token = try lexer.next()
  }

  mutating func advance() throws(Diagnostics) {
    lastEnd = token.end
    token = try lexer.next()
  }

  func isSymbol(_ symbol: Character) -> Bool { token.content == .symbol(symbol) }

  mutating func accept(_ symbol: Character) throws(Diagnostics) -> Bool {
    guard isSymbol(symbol) else { return false }
    try advance()
    return true
  }

  var found: String {
    token.content == .end
      ? "the end" : "`\(String(decoding: lexer.bytes[token.start..<token.end], as: UTF8.self))`"
  }

  func failure(_ expected: String, help: [String] = []) -> Diagnostics {
    Diagnostics(
      Diagnostic(
        .patternSyntax, "\(expected) should stand here, not \(found)", at: lexer.range(of: token),
        help: help))
  }

  mutating func expect(_ symbol: Character, opened start: Token) throws(Diagnostics) {
    guard isSymbol(symbol) else {
      let opener = String(decoding: lexer.bytes[start.start..<start.end], as: UTF8.self)
      if token.content == .end {
        throw Diagnostics(
          Diagnostic(
            .patternSyntax, "`\(opener)` is never closed", at: lexer.range(of: start),
            help: ["write `\(symbol)` where it ends"]))
      }
      throw failure("`-`, `,` or `\(symbol)`")
    }
    try advance()
  }

  private func expectEnd(_ expected: String) throws(Diagnostics) {
    guard token.content == .end else {
      let help = isSymbol(")") || isSymbol("]") ? ["nothing before it opens what it closes"] : []
      throw failure(expected, help: help)
    }
  }

  mutating func nest() throws(Diagnostics) {
    depth += 1
    guard depth <= SpecLimits.nesting else {
      throw Diagnostics(
        Diagnostic(
          .nestingTooDeep, "nested more than \(SpecLimits.nesting) deep", at: lexer.range(of: token),
          help: ["give the inner part a name under `blocks`"]))
    }
  }

  // MARK: Patterns

  private mutating func steps() throws(Diagnostics) -> [StepSyntax] {
    try nest()
    defer { depth -= 1 }
    var steps = [try step()]
    while isSymbol("-") || isSymbol(",") {
      try advance()
      guard steps.count < SpecLimits.patternSteps else {
        throw Diagnostics(
          Diagnostic(
            .layerLimit, "a pattern has at most \(SpecLimits.patternSteps) steps", at: lexer.range(of: token))
        )
      }
      steps.append(try step())
    }
    return steps
  }

  private mutating func step() throws(Diagnostics) -> StepSyntax {
    let start = token
    let primary = try primary()
    var count: Expression?
    if try accept("*") { count = try self.count() }
    var choice: StepSyntax.Choice?
    if try accept("?") {
      if case .name(let name) = token.content {
        choice = .name(Word(text: name, range: lexer.range(of: token)))
        try advance()
      } else {
        choice = .ownEntry
      }
    }
    return StepSyntax(
      primary: primary, count: count, choice: choice, range: lexer.range(start.start, lastEnd))
  }

  private mutating func primary() throws(Diagnostics) -> StepSyntax.Primary {
    let start = token
    switch token.content {
    case .symbol("("), .symbol("["):
      try advance()
      let steps = try steps()
      try expect(start.content == .symbol("(") ? ")" : "]", opened: start)
      return .group(steps)
    case .label(let name, let indices):
      try advance()
      return .reference(LabelSyntax(name: name, indices: indices, range: lexer.range(of: start)))
    case .name: return .layer(try layer())
    default: throw failure("a layer, `(`, `[` or `@label`")
    }
  }

  private mutating func layer() throws(Diagnostics) -> LayerSyntax {
    let start = token
    let kind = try word("a kind of layer")
    var label = try optionalLabel()
    var arguments: [ArgumentSyntax] = []
    let opener = token
    if try accept("(") {
      if !isSymbol(")") {
        repeat {
          let argument = try argument()
          if argument.name?.text == "name" {
            try setLabel(&label, argument)
          } else {
            arguments.append(argument)
          }
        } while try accept(",")
      }
      guard isSymbol(")") || token.content == .end else { throw failure("`,` or `)`") }
      try expect(")", opened: opener)
    }
    return LayerSyntax(
      kind: kind, label: label, arguments: arguments, range: lexer.range(start.start, lastEnd))
  }

  /// `name=c2`, the other way to write a label.
  private func setLabel(_ label: inout Word?, _ argument: ArgumentSyntax) throws(Diagnostics) {
    guard case .expression(.name(let word)) = argument.value.content, word.text.first != "_" else {
      throw Diagnostics(
        Diagnostic(
          .invalidName, "a label is letters, digits and `_`, a letter first", at: argument.value.range))
    }
    guard label == nil else {
      throw Diagnostics(
        Diagnostic(
          .duplicateArgument, "the layer has a label already: `\(label!.text)`", at: word.range,
          help: ["keep one of the two"]))
    }
    label = word
  }

  private mutating func argument() throws(Diagnostics) -> ArgumentSyntax {
    if case .name(let name) = token.content {
      let saved = (lexer, token, lastEnd)
      let word = Word(text: name, range: lexer.range(of: token))
      try advance()
      if try accept("=") { return ArgumentSyntax(name: word, value: try value()) }
      (lexer, token, lastEnd) = saved
    }
    return ArgumentSyntax(name: nil, value: try value())
  }

  private mutating func word(_ what: String) throws(Diagnostics) -> Word {
    guard case .name(let name) = token.content else { throw failure(what) }
    let word = Word(text: name, range: lexer.range(of: token))
    try advance()
    return word
  }

  private mutating func optionalLabel() throws(Diagnostics) -> Word? {
    guard try accept(":") else { return nil }
    let label = try word("a label")
    guard label.text.first != "_" else {
      throw Diagnostics(
        Diagnostic(.patternSyntax, "a label starts with a letter, not `\(label.text)`", at: label.range))
    }
    return label
  }

  private mutating func count() throws(Diagnostics) -> Expression {
    switch token.content {
    case .integer, .name: return try atom()
    case .symbol("("):
      operations = 0
      return try atom()
    default: throw failure("a count: a number, a name, or an expression in parentheses")
    }
  }
}
