/// How often a step is repeated, and whether an optional one is there.
extension Expander {
  /// How often a step is repeated.
  func count(_ expression: Expression, _ scope: Scope, _ turns: [Turn]) -> Int? {
    let value = ValueSyntax(content: .expression(expression), range: expression.range)
    let bound = bind(value, for: ArgumentSpec("count", .natural), from: .unknown, scope, turns)
    guard case .expression(let constant) = bound.value else {
      if case .unknown = bound.value { return nil }
      diagnostics.error(.invalidValue, "a count is an integer", at: expression.range)
      return nil
    }
    do throws(Expression.Failure) {
      let number = try constant.evaluate { _, _ in nil }
      if let count = number.integer, count >= 0 { return count }
      diagnostics.error(
        number.integer == nil ? .notWhole : .invalidValue,
        "a count is an integer from 0, not \(number.text)", at: expression.range)
    } catch {
      switch error {
      case .unknownDimension:
        diagnostics.error(
          .invalidValue, "a count cannot use `channels`, `height` or `width`: shapes are known later",
          at: expression.range)
      case .overflow(let range): diagnostics.error(.overflow, "this count is past 64 bits", at: range)
      case .divisionByZero(let range): diagnostics.error(.invalidValue, "division by zero", at: range)
      case .unknownName: break  // Reported when it was looked up.
      }
    }
    return nil
  }

  /// Whether an optional step is there.
  func choice(
    _ choice: StepSyntax.Choice, of step: StepSyntax, _ scope: Scope, _ turns: [Turn]
  ) -> Bool? {
    let name: String
    let range: SourceRange
    switch choice {
    case .name(let word): (name, range) = (word.text, word.range)
    case .ownEntry:
      guard case .layer(let layer) = step.primary else {
        diagnostics.error(
          .patternSyntax, "`?` behind parentheses needs a name", at: step.range,
          help: ["write `(...)?deep` and `where: {deep: [yes, no]}`"])
        return nil
      }
      range = step.range
      let labelled = layer.label.map { $0.text + "?" }
      let kind = layer.kind.text + "?"
      name =
        labelled.flatMap { scope.bindings[$0]?.key.text } ?? scope.table.binding(ofKind: kind)?.key.text
        ?? kind
    }
    let argument: LayerArgument
    if let parameter = scope.parameters[name] {
      argument = parameter
    } else if let binding = scope.bindings[name] {
      argument = bind(binding.value, for: nil, from: .unknown, scope, turns, name: name)
    } else {
      diagnostics.error(
        .unknownName, "nothing says whether this step is there", at: range,
        help: near(name, scope)
          ?? ["write `where: {\"\(name)\": [yes, no]}`, one for each turn, or one `yes` or `no`"])
      return nil
    }
    switch argument.value {
    case .flag(let isThere): return isThere
    case .unknown: return nil
    default:
      diagnostics.error(
        .invalidValue, "`\(name)` should be yes or no", at: argument.range)
      return nil
    }
  }
}
