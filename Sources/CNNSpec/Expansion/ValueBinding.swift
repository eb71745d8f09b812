/// What a written value stands for at a place: names replaced, lists indexed, numbers added up.
extension Expander {
  /// What a written value stands for at a place.
  /// - Parameter spec: the argument that it is for; nil for a block's parameter, which may be anything.
  func bind(
    _ value: ValueSyntax, for spec: ArgumentSpec?, from current: LayerInput, _ scope: Scope,
    _ turns: [Turn], depth: Int = 0, name: String? = nil
  ) -> LayerArgument {
    let unknown = LayerArgument(.unknown, value.range)
    switch value.content {
    case .broken: return unknown
    case .size(let numbers): return LayerArgument(.size(numbers), value.range)
    case .question: return LayerArgument(.question, value.range)
    case .reference(let label): return LayerArgument(.layer(resolve(label, scope, turns)), value.range)
    case .family:
      diagnostics.error(
        .invalidValue, "a range makes a family, and stands in the spec's `where` only", at: value.range)
      return unknown
    case .mapping:
      diagnostics.error(.invalidValue, "a value should stand here, not a mapping", at: value.range)
      return unknown
    case .list(let items):
      if spec?.type == .connections {
        let nested = ArgumentSpec("connections", .connections)
        return LayerArgument(
          .list(items.map { bind($0, for: nested, from: current, scope, turns) }), value.range)
      }
      let label = name ?? spec?.name ?? "the list"
      guard let item = element(items, value.range, depth: depth, turns, of: label) else { return unknown }
      return bind(item, for: spec, from: current, scope, turns, depth: depth + 1, name: label)
    case .expression(let expression):
      return bind(expression, value.range, for: spec, from: current, scope, turns)
    }
  }

  private func bind(
    _ expression: Expression, _ range: SourceRange, for spec: ArgumentSpec?, from current: LayerInput,
    _ scope: Scope, _ turns: [Turn]
  ) -> LayerArgument {
    guard let word = expression.word else {
      guard let result = substitute(expression, from: current, scope, turns) else {
        return LayerArgument(.unknown, range)
      }
      return LayerArgument(.expression(result), range)
    }
    let flags = ["yes": true, "true": true, "no": false, "false": false]
    if let flag = flags[word], spec == nil || spec?.type == .flag { return LayerArgument(.flag(flag), range) }
    if let spec, spec.words.contains(word) { return LayerArgument(.word(word), range) }
    if let parameter = scope.parameters[word] { return LayerArgument(parameter.value, range) }
    if scope.bindings[word] != nil, let value = lookUp(word, range, for: spec, from: current, scope, turns) {
      return LayerArgument(value.value, range)
    }
    if spec == nil, KindTable.reservedWords.contains(word), Expression.Dimension(rawValue: word) == nil {
      return LayerArgument(.word(word), range)
    }
    if let spec, case .padding(asks: false) = spec.type, word == "same" || word == "fit" {
      diagnostics.error(
        .invalidValue, "`\(spec.name)` is given in numbers here, not by `\(word)`", at: range,
        help: ["write `1`, `1x2`, or top x bottom x left x right: `0x1x0x1`"])
      return LayerArgument(.unknown, range)
    }
    if Expression.Dimension(rawValue: word) == nil, let spec, !spec.words.isEmpty {
      diagnostics.error(
        .invalidValue, "`\(spec.name)` cannot be `\(word)`", at: range,
        help: Nearest.help(word, among: spec.words.filter { $0 != "true" && $0 != "false" }))
      return LayerArgument(.unknown, range)
    }
    guard let result = substitute(expression, from: current, scope, turns) else {
      return LayerArgument(.unknown, range)
    }
    return LayerArgument(.expression(result), range)
  }

  /// What a `where` entry stands for at a place.
  private func lookUp(
    _ name: String, _ range: SourceRange, for spec: ArgumentSpec?, from current: LayerInput, _ scope: Scope,
    _ turns: [Turn]
  ) -> LayerArgument? {
    guard let binding = scope.bindings[name] else { return nil }
    let unknown = LayerArgument(.unknown, range)
    lookups += 1
    if let first = openLookups.firstIndex(of: name) {
      let chain = openLookups[first...].joined(separator: " -> ") + " -> " + name
      diagnostics.error(
        .unknownName, "`\(name)` is defined by itself: \(chain)", at: range,
        help: ["give it a number in `where`"])
      return unknown
    }
    guard openLookups.count < SpecLimits.lookups, lookups < SpecLimits.names else {
      diagnostics.error(
        .nestingTooDeep, "too many entries of `where` refer to each other here", at: range,
        help: ["give `\(name)` a number"])
      return unknown
    }
    // Inside one outermost lookup the place stays, and so does what a name stands for.
    if openLookups.isEmpty { foundNames = [:] }
    if spec == nil, let found = foundNames[name] { return LayerArgument(found.value, range) }
    openLookups.append(name)
    defer { openLookups.removeLast() }
    let value = bind(binding.value, for: spec, from: current, scope, turns, name: name)
    if spec == nil { foundNames[name] = value }
    return value
  }

  /// The expression with every name replaced but `channels`, `height` and `width`, which are bound to the
  /// value they ask about. Nil where that cannot be, which is reported.
  private func substitute(
    _ expression: Expression, from current: LayerInput, _ scope: Scope, _ turns: [Turn]
  ) -> Expression? {
    substitutions += 1
    defer { substitutions -= 1 }
    guard substitutions <= SpecLimits.expansionDepth else { return tooLong(expression.range) }
    switch expression {
    case .number, .dimension: return expression
    case .name(let word): return substitute(word, from: current, scope, turns)
    case .negated(let operand, let range):
      guard let value = substitute(operand, from: current, scope, turns) else { return nil }
      return folded(.negated(value, range), range)
    case .binary:
      // A long sum leans to the left: walked down without recursion, then built up again.
      var first = expression
      var rest: [(operation: Expression.Operation, right: Expression, range: SourceRange)] = []
      while case .binary(let operation, let left, let right) = first {
        rest.append((operation, right, first.range))
        first = left
      }
      var result = substitute(first, from: current, scope, turns)
      for (operation, right, range) in rest.reversed() {
        let right = substitute(right, from: current, scope, turns)
        guard let left = result, let right else {
          result = nil
          continue
        }
        result = folded(.binary(operation, left, right), range)
      }
      return result
    }
  }

  /// Numbers are added up at once, since entries that use others grow, by powers where nobody stops them.
  private func folded(_ expression: Expression, _ range: SourceRange) -> Expression? {
    do throws(Expression.Failure) {
      return .number(try expression.evaluate { _, _ in nil }, range)
    } catch {
      switch error {
      case .overflow: diagnostics.error(.overflow, "this is past 64 bits", at: range)
      case .divisionByZero: diagnostics.error(.invalidValue, "division by zero", at: range)
      case .unknownDimension, .unknownName:
        return expression.hasAtMost(parts: SpecLimits.expressionParts) ? expression : tooLong(range)
      }
      return nil
    }
  }

  private func tooLong(_ range: SourceRange) -> Expression? {
    diagnostics.error(.nestingTooDeep, "the expression is too long with its names replaced", at: range)
    return nil
  }

  private func substitute(
    _ word: Word, from current: LayerInput, _ scope: Scope, _ turns: [Turn]
  ) -> Expression? {
    if let argument = scope.parameters[word.text]
      ?? lookUp(word.text, word.range, for: nil, from: current, scope, turns)
    {
      if case .expression(let value) = argument.value { return value }
      if case .unknown = argument.value { return nil }
      diagnostics.error(.invalidValue, "`\(word.text)` is no number here", at: word.range)
      return nil
    }
    if let dimension = Expression.Dimension(rawValue: word.text) {
      return .dimension(dimension, of: current, word.range)
    }
    diagnostics.error(
      .unknownName, "nothing is named `\(word.text)` here", at: word.range,
      help: near(word.text, scope, ["channels", "height", "width"])
        ?? ["give it a value: `where: {\(word.text): 3}`"])
    return nil
  }

  /// The help that names a parameter or a `where` entry like a mistyped word.
  func near(_ word: String, _ scope: Scope, _ others: [String] = []) -> [String]? {
    Nearest.match(word, among: scope.parameters.keys.sorted() + scope.bindings.keys.sorted() + others)
      .map { ["did you mean `\($0)`?"] }
  }
}
