import CNNSpec

/// The arguments of a layer, evaluated and typed; what is wrong with one is reported once, and comes back
/// as nil.
package struct LayerArguments {
  let layer: Layer
  /// The shape of a value, as far as it is known.
  let shapeOf: (LayerInput) -> Shape?

  /// A padding as asked for: the numbers may depend on the input's size.
  enum PaddingRequest: Hashable {
    case explicit(Padding)
    case same
    case fit
  }

  /// Which numbers an argument may be; the text is what messages say.
  enum Bounds: String {
    case any = "a number"
    case positive = "a number above 0"
    case notNegative = "a number from 0"
    case share = "a number from 0 to 1"
    case shareBelowOne = "a number from 0, below 1"

    func contain(_ number: Double) -> Bool {
      switch self {
      case .any: number.isFinite
      case .positive: number > 0 && number.isFinite
      case .notNegative: number >= 0 && number.isFinite
      case .share: number >= 0 && number <= 1
      case .shareBelowOne: number >= 0 && number < 1
      }
    }
  }

  func isGiven(_ name: String) -> Bool { layer.arguments[name] != nil }

  func range(_ name: String) -> SourceRange { layer.arguments[name]?.range ?? layer.range }

  private func report(
    _ name: String, _ expected: String, _ found: String, _ diagnostics: inout DiagnosticCollector,
    code: DiagnosticCode = .invalidValue, help: [String] = []
  ) {
    diagnostics.error(
      code, "`\(name)` of `\(layer.name)` is \(expected), not \(found)", at: range(name), help: help)
  }

  private func text(_ value: LayerArgument.Value) -> String {
    switch value {
    case .size(let sides): sides.map(String.init).joined(separator: "x")
    case .word(let word): "`\(word)`"
    case .flag(let flag): flag ? "yes" : "no"
    case .layer: "a label"
    case .question: "`?`"
    case .list: "a list"
    case .expression, .unknown: "this"
    }
  }

  /// The number of an argument, or nil where it is none or cannot be told.
  private func number(
    _ name: String, _ argument: LayerArgument, _ expected: String, _ diagnostics: inout DiagnosticCollector
  ) -> Number? {
    switch argument.value {
    case .unknown: return nil
    case .expression(let expression):
      do throws(Expression.Failure) {
        return try expression.evaluate { side, input in
          guard let shape = shapeOf(input) else { return nil }
          switch side {
          case .channels: return shape.channels
          case .height: return shape.height
          case .width: return shape.width
          }
        }
      } catch {
        switch error {
        case .unknownDimension, .unknownName: break
        case .overflow(let range): diagnostics.error(.overflow, "this is past 64 bits", at: range)
        case .divisionByZero(let range): diagnostics.error(.invalidValue, "division by zero", at: range)
        }
        return nil
      }
    default:
      report(name, expected, text(argument.value), &diagnostics)
      return nil
    }
  }

  private func integer(
    _ name: String, _ argument: LayerArgument, from least: Int, _ diagnostics: inout DiagnosticCollector
  ) -> Int? {
    let expected = "an integer from \(least)"
    guard let number = number(name, argument, expected, &diagnostics) else { return nil }
    guard let integer = number.integer else {
      report(name, expected, number.text, &diagnostics, code: .notWhole)
      return nil
    }
    guard integer >= least else {
      report(name, expected, "\(integer)", &diagnostics)
      return nil
    }
    return integer
  }

  func count(_ name: String, from least: Int = 1, _ diagnostics: inout DiagnosticCollector) -> Int? {
    guard let argument = layer.arguments[name] else { return nil }
    return integer(name, argument, from: least, &diagnostics)
  }

  func real(_ name: String, _ bounds: Bounds, _ diagnostics: inout DiagnosticCollector) -> Double? {
    guard let argument = layer.arguments[name] else { return nil }
    guard let number = number(name, argument, bounds.rawValue, &diagnostics) else { return nil }
    guard bounds.contain(number.double) else {
      report(name, bounds.rawValue, number.text, &diagnostics)
      return nil
    }
    return number.double
  }

  func flag(_ name: String, _ diagnostics: inout DiagnosticCollector) -> Bool? {
    guard let argument = layer.arguments[name] else { return nil }
    if case .flag(let flag) = argument.value { return flag }
    if case .unknown = argument.value { return nil }
    report(name, "yes or no", text(argument.value), &diagnostics)
    return nil
  }

  func word(_ name: String, among words: [String], _ diagnostics: inout DiagnosticCollector) -> String? {
    guard let argument = layer.arguments[name] else { return nil }
    if case .word(let word) = argument.value, words.contains(word) { return word }
    if case .unknown = argument.value { return nil }
    let help = ["one of " + words.map { "`\($0)`" }.joined(separator: ", ")]
    report(name, "a word", text(argument.value), &diagnostics, help: help)
    return nil
  }

  /// `3` or `3x5`
  func size(
    _ name: String, from least: Int = 1, _ diagnostics: inout DiagnosticCollector
  ) -> Size2D? {
    guard let argument = layer.arguments[name] else { return nil }
    if case .size(let sides) = argument.value {
      if sides.count == 2, sides.allSatisfy({ $0 >= least }) {
        return Size2D(height: sides[0], width: sides[1])
      }
      report(
        name, "a size, height x width, each from \(least)", text(argument.value), &diagnostics)
      return nil
    }
    return integer(name, argument, from: least, &diagnostics).map(Size2D.init)
  }

  /// `1`, `1x2`, `0x1x0x1`, `same`, `fit`, `?`
  func padding(_ name: String, _ diagnostics: inout DiagnosticCollector) -> PaddingRequest? {
    guard let argument = layer.arguments[name] else { return nil }
    switch argument.value {
    case .word("same") where kindAsks(name): return .same
    case .word("fit") where kindAsks(name), .question where kindAsks(name): return .fit
    case .size(let sides) where sides.allSatisfy({ $0 >= 0 }):
      if sides.count == 2 {
        return .explicit(Padding(top: sides[0], bottom: sides[0], left: sides[1], right: sides[1]))
      }
      if sides.count == 4 {
        return .explicit(Padding(top: sides[0], bottom: sides[1], left: sides[2], right: sides[3]))
      }
    case .size, .flag, .layer, .list, .word, .question: break
    case .expression, .unknown:
      return integer(name, argument, from: 0, &diagnostics).map { .explicit(Padding($0)) }
    }
    report(
      name, "a number, height x width, or top x bottom x left x right", text(argument.value), &diagnostics,
      help: kindAsks(name) ? ["`same` keeps the size, `fit` adds the least that fits"] : [])
    return nil
  }

  private func kindAsks(_ name: String) -> Bool {
    layer.kind.flatMap(KindTable.kind)?.argument(named: name)?.type == .padding(asks: true)
  }

  /// `4` for both ends, or `BxA`.
  func channelPair(
    _ name: String, _ diagnostics: inout DiagnosticCollector
  ) -> (before: Int, after: Int)? {
    guard let argument = layer.arguments[name] else { return nil }
    if case .size(let ends) = argument.value, ends.count == 2 { return (ends[0], ends[1]) }
    if case .size = argument.value {
      report(name, "channels before x channels after", text(argument.value), &diagnostics)
      return nil
    }
    return integer(name, argument, from: 0, &diagnostics).map { ($0, $0) }
  }

  /// `8x4x4`
  func shape(_ name: String, _ diagnostics: inout DiagnosticCollector) -> Shape? {
    guard let argument = layer.arguments[name] else { return nil }
    if case .size(let sides) = argument.value, sides.count == 3, sides.allSatisfy({ $0 > 0 }) {
      return Shape(sides[0], sides[1], sides[2])
    }
    if case .unknown = argument.value { return nil }
    report(name, "a shape, channels x height x width", text(argument.value), &diagnostics)
    return nil
  }

  /// The value that a label names.
  func reference(_ name: String, _ diagnostics: inout DiagnosticCollector) -> LayerInput? {
    guard let argument = layer.arguments[name] else { return nil }
    switch argument.value {
    case .layer(.unknown), .unknown: return nil
    case .layer(let input): return input
    default:
      report(name, "a label", text(argument.value), &diagnostics, help: ["write `@label`"])
      return nil
    }
  }

  var isReference: Bool {
    layer.arguments.values.contains { if case .layer = $0.value { true } else { false } }
  }

  /// Lists of input channels, one a filter, as written; nil where there are none or they are wrong.
  func connections(
    _ name: String, _ diagnostics: inout DiagnosticCollector
  ) -> (table: [[Int]]?, isWrong: Bool) {
    guard let argument = layer.arguments[name] else { return (nil, false) }
    guard case .list(let filters) = argument.value else {
      if case .unknown = argument.value { return (nil, true) }
      report(name, "a list of lists of input channels", text(argument.value), &diagnostics)
      return (nil, true)
    }
    var table: [[Int]] = []
    var isWrong = false
    for filter in filters {
      // One channel may stand without brackets.
      let items = if case .list(let items) = filter.value { items } else { [filter] }
      let channels = items.compactMap { integer(name, $0, from: 0, &diagnostics) }
      isWrong = isWrong || channels.count != items.count
      table.append(channels)
    }
    return isWrong ? (nil, true) : (table, false)
  }
}
