/// Argument values and counts: expressions, sizes, ranges, labels, questions.
extension PatternParser {
  mutating func value() throws(Diagnostics) -> ValueSyntax {
    operations = 0
    let start = token
    func finished(_ content: ValueSyntax.Content) -> ValueSyntax {
      ValueSyntax(content: content, range: lexer.range(start.start, lastEnd))
    }
    switch token.content {
    case .size(let numbers):
      try advance()
      return finished(.size(numbers))
    case .family(let first, let last):
      try advance()
      guard first <= last else {
        throw Diagnostics(
          Diagnostic(.invalidValue, "`\(first)..\(last)` runs backwards", at: lexer.range(of: start)))
      }
      return finished(.family(first...last))
    case .label(let name, let indices):
      try advance()
      return finished(
        .reference(LabelSyntax(name: name, indices: indices, range: lexer.range(of: start))))
    case .symbol("?"):
      try advance()
      return finished(.question)
    default:
      let expression = try expression()
      return finished(.expression(expression))
    }
  }

  private mutating func expression() throws(Diagnostics) -> Expression {
    try nest()
    defer { depth -= 1 }
    var left = try term()
    while true {
      guard let operation = try operation([.add, .subtract]) else { return left }
      left = .binary(operation, left, try term())
    }
  }

  private mutating func term() throws(Diagnostics) -> Expression {
    var left = try factor()
    while true {
      guard let operation = try operation([.multiply, .divide]) else { return left }
      left = .binary(operation, left, try factor())
    }
  }

  /// An operation of the given rank, if one comes next. A tree as deep as its operations are many must
  /// stay walkable, so they are counted.
  private mutating func operation(
    _ candidates: [Expression.Operation]
  ) throws(Diagnostics) -> Expression.Operation? {
    guard let operation = candidates.first(where: { isSymbol($0.rawValue) }) else { return nil }
    operations += 1
    guard operations <= SpecLimits.operations else {
      throw Diagnostics(
        Diagnostic(
          .nestingTooDeep, "an expression has at most \(SpecLimits.operations) operations",
          at: lexer.range(of: token)))
    }
    try advance()
    return operation
  }

  private mutating func factor() throws(Diagnostics) -> Expression {
    let start = token
    guard try accept("-") else { return try atom() }
    try nest()
    defer { depth -= 1 }
    let operand = try factor()
    return .negated(operand, lexer.range(start.start, lastEnd))
  }

  mutating func atom() throws(Diagnostics) -> Expression {
    let start = token
    let range = lexer.range(of: token)
    switch token.content {
    case .integer(let value):
      try advance()
      return .number(.fraction(value, over: 1), range)
    case .decimal(let value):
      try advance()
      return .number(.decimal(value), range)
    case .name(let name):
      try advance()
      return .name(Word(text: name, range: range))
    case .symbol("("):
      try advance()
      let inner = try expression()
      try expect(")", opened: start)
      return inner
    default: throw failure("a value")
    }
  }
}
