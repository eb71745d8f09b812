/// An exact fraction of integers, or a decimal.
package enum Number: Hashable, Sendable {
  case fraction(Int, over: Int)
  case decimal(Double)

  package var double: Double {
    switch self {
    case .fraction(let numerator, let denominator): Double(numerator) / Double(denominator)
    case .decimal(let value): value
    }
  }

  /// The integer that it is, if it is one.
  package var integer: Int? {
    switch self {
    case .fraction(let numerator, let denominator):
      denominator == 1 ? numerator : nil
    case .decimal(let value): Int(exactly: value)
    }
  }

  package var text: String {
    switch self {
    case .fraction(let numerator, let denominator):
      denominator == 1 ? "\(numerator)" : "\(numerator)/\(denominator)"
    case .decimal(let value): "\(value)"
    }
  }

  /// In lowest terms with a positive denominator; nil on overflow or division by zero.
  package static func reduced(_ numerator: Int, over denominator: Int) -> Number? {
    guard denominator != 0, numerator != .min, denominator != .min else { return nil }
    var (a, b) = (abs(numerator), abs(denominator))
    while b != 0 { (a, b) = (b, a % b) }
    let sign = denominator < 0 ? -1 : 1
    let divisor = max(a, 1)
    return .fraction(sign * numerator / divisor, over: sign * denominator / divisor)
  }
}

/// `+ - * /`, parentheses, numbers and names.
package indirect enum Expression: Sendable {
  package enum Operation: Character, Sendable {
    case add = "+"
    case subtract = "-"
    case multiply = "*"
    case divide = "/"
  }
  /// A side of the value that enters a step.
  package enum Dimension: String, CaseIterable, Sendable { case channels, height, width }

  case number(Number, SourceRange)
  case name(Word)
  case negated(Expression, SourceRange)
  case binary(Operation, Expression, Expression)
  /// A dimension of a value of the expanded network, known when shapes are.
  case dimension(Dimension, of: LayerInput, SourceRange)

  package var range: SourceRange {
    switch self {
    case .number(_, let range), .negated(_, let range), .dimension(_, _, let range): range
    case .name(let word): word.range
    case .binary(_, let left, let right): left.range.union(right.range)
    }
  }

  /// The name, if it is nothing else.
  package var word: String? { if case .name(let word) = self { word.text } else { nil } }

  /// Whether it is small enough to walk, counted without walking more than that: parts may be shared.
  func hasAtMost(parts limit: Int) -> Bool {
    var count = 0
    var open = [self]
    while let next = open.popLast() {
      count += 1
      if count > limit { return false }
      switch next {
      case .number, .name, .dimension: break
      case .negated(let operand, _): open.append(operand)
      case .binary(_, let left, let right): open += [left, right]
      }
    }
    return true
  }

  package enum Failure: Error {
    case unknownName(Word)
    case overflow(SourceRange)
    case divisionByZero(SourceRange)
    /// A dimension of a value whose shape is not known because of an earlier error.
    case unknownDimension
  }

  /// The value with all names looked up.
  package func evaluate(
    dimension: (Dimension, LayerInput) -> Int?
  ) throws(Failure) -> Number {
    switch self {
    case .number(let number, _): return number
    case .name(let word): throw .unknownName(word)
    case .negated(let operand, let range):
      return try Self.apply(.subtract, .fraction(0, over: 1), operand.evaluate(dimension: dimension), range)
    case .dimension(let side, let input, _):
      guard let value = dimension(side, input) else { throw .unknownDimension }
      return .fraction(value, over: 1)
    case .binary(let operation, let left, let right):
      let a = try left.evaluate(dimension: dimension)
      let b = try right.evaluate(dimension: dimension)
      return try Self.apply(operation, a, b, range)
    }
  }

  private static func apply(
    _ operation: Operation, _ left: Number, _ right: Number, _ range: SourceRange
  ) throws(Failure) -> Number {
    guard case .fraction(let a, let b) = left, case .fraction(let c, let d) = right else {
      let (x, y) = (left.double, right.double)
      switch operation {
      case .add: return .decimal(x + y)
      case .subtract: return .decimal(x - y)
      case .multiply: return .decimal(x * y)
      case .divide:
        if y == 0 { throw .divisionByZero(range) }
        return .decimal(x / y)
      }
    }
    func times(_ x: Int, _ y: Int) throws(Failure) -> Int {
      let (product, overflow) = x.multipliedReportingOverflow(by: y)
      if overflow { throw .overflow(range) }
      return product
    }
    let numerator: Int
    let denominator: Int
    switch operation {
    case .add, .subtract:
      let (x, y) = (try times(a, d), try times(c, b))
      let (sum, overflow) =
        operation == .add ? x.addingReportingOverflow(y) : x.subtractingReportingOverflow(y)
      if overflow { throw .overflow(range) }
      (numerator, denominator) = (sum, try times(b, d))
    case .multiply: (numerator, denominator) = (try times(a, c), try times(b, d))
    case .divide:
      if c == 0 { throw .divisionByZero(range) }
      (numerator, denominator) = (try times(a, d), try times(b, c))
    }
    guard let result = Number.reduced(numerator, over: denominator) else { throw .overflow(range) }
    return result
  }
}
