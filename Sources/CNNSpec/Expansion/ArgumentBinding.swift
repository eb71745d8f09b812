/// How an argument's value is found: in the pattern, in `where`, in a block's parameters.
extension Expander {
  /// The arguments of a layer or of a block's call: what the pattern says, then the label's `where`
  /// entry, then the kind's. Defaults of kinds are filled in; a block fills in its own.
  func arguments(
    of syntax: LayerSyntax, as specs: [ArgumentSpec], noun: String, isBlock: Bool = false,
    from current: LayerInput, _ scope: Scope, _ turns: [Turn]
  ) -> [String: LayerArgument] {
    var bound: [String: LayerArgument] = [:]
    func take(_ name: String, _ value: ValueSyntax, depth: Int = 0) {
      guard bound[name] == nil, let spec = specs.first(where: { $0.name == name }) else { return }
      bound[name] = bind(
        value, for: isBlock ? nil : spec, from: current, scope, turns, depth: depth, name: isBlock ? name : nil)
    }
    for (spec, value) in positional(syntax, specs, noun) { take(spec.name, value) }
    for argument in syntax.arguments {
      guard let name = argument.name else { continue }
      if specs.contains(where: { $0.name == name.text }), bound[name.text] != nil {
        diagnostics.error(
          .duplicateArgument, "`\(name.text)` is given twice", at: name.range, help: ["keep one of the two"])
      } else {
        checkName(name, specs, noun)
        take(name.text, argument.value)
      }
    }
    let entries = [
      syntax.label.flatMap { scope.bindings[$0.text] }, scope.table.binding(ofKind: syntax.kind.text),
    ]
    for entry in entries.compactMap({ $0 }) {
      guard let (values, depth) = named(entry, specs, noun, turns) else {
        // Reported: what it would have given is not missing.
        for spec in specs where bound[spec.name] == nil {
          bound[spec.name] = LayerArgument(.unknown, syntax.range)
        }
        break
      }
      for (name, value) in values { take(name, value, depth: depth) }
    }
    for spec in specs where bound[spec.name] == nil {
      bound[spec.name] = fallback(spec, syntax, noun)
    }
    return bound
  }

  private func fallback(_ spec: ArgumentSpec, _ syntax: LayerSyntax, _ noun: String) -> LayerArgument? {
    switch spec.default {
    case .absent: return nil
    case .text(let text):
      let source = SourceText(name: "default", text)
      let range = SourceRange(text: source, start: 0, end: source.bytes.count)
      guard let value = try? PatternParser.value(Scalar(text, .plain, range)) else {
        preconditionFailure("the default of \(spec.name) cannot be read")
      }
      var argument = constant(value, for: spec)
      argument.range = syntax.range
      return argument
    case .required:
      let kind = syntax.kind.text
      diagnostics.error(
        .missingArgument, "\(noun) needs `\(spec.name)`", at: syntax.range,
        help: ["write `\(kind)(\(spec.name)=...)` here, or `where: {\(kind): {\(spec.name): ...}}`"])
      return LayerArgument(.unknown, syntax.range)
    }
  }

  /// A default: no names but words.
  private func constant(_ value: ValueSyntax, for spec: ArgumentSpec) -> LayerArgument {
    if case .expression(let expression) = value.content, let word = expression.word {
      return LayerArgument(spec.type == .flag ? .flag(word == "yes") : .word(word), value.range)
    }
    if case .expression(let expression) = value.content {
      return LayerArgument(.expression(expression), value.range)
    }
    preconditionFailure("the default of \(spec.name) is no number and no word")
  }

  private func positional(
    _ syntax: LayerSyntax, _ specs: [ArgumentSpec], _ noun: String
  ) -> [(ArgumentSpec, ValueSyntax)] {
    var result: [(ArgumentSpec, ValueSyntax)] = []
    var named: Word?
    for argument in syntax.arguments {
      if let name = argument.name {
        named = name
      } else if let named {
        diagnostics.error(
          .patternSyntax, "a positional argument stands behind `\(named.text)=`", at: argument.value.range,
          help: ["positional arguments come first"])
      } else if result.count < specs.count {
        result.append((specs[result.count], argument.value))
      } else {
        let takes =
          specs.isEmpty ? "no arguments" : "\(specs.count): " + specs.map(\.name).joined(separator: ", ")
        diagnostics.error(.unknownArgument, "\(noun) takes \(takes)", at: argument.value.range)
        break
      }
    }
    return result
  }

  private func checkName(_ name: Word, _ specs: [ArgumentSpec], _ noun: String) {
    guard !specs.contains(where: { $0.name == name.text }) else { return }
    diagnostics.error(
      .unknownArgument, "\(noun) has no argument `\(name.text)`", at: name.range,
      help: specs.isEmpty ? ["it takes none"] : Nearest.help(name.text, among: specs.map(\.name)))
  }

  /// The arguments that a `where` entry gives by name, and how many repeats have chosen among them already;
  /// a scalar is the first positional one. Nil where that could not be told, which is reported.
  private func named(
    _ entry: Spec.Binding, _ specs: [ArgumentSpec], _ noun: String, _ turns: [Turn]
  ) -> (values: [(String, ValueSyntax)], depth: Int)? {
    var value = entry.value
    var depth = 0
    // A list of mappings or of scalars: one entry a turn.
    while case .list(let items) = value.content {
      guard let item = element(items, value.range, depth: depth, turns, of: entry.key.text) else {
        return nil
      }
      value = item
      depth += 1
    }
    if case .mapping(let entries) = value.content {
      for (key, _) in entries { checkName(key, specs, noun) }
      return (entries.map { ($0.key.text, $0.value) }, depth)
    }
    guard let first = specs.first else {
      diagnostics.error(.unknownArgument, "\(noun) takes no arguments", at: value.range)
      return ([], depth)
    }
    return ([(first.name, value)], depth)
  }

  /// The item of a list for the turn of the repeat that `depth` others of the spec stand round.
  private func element(
    _ items: [ValueSyntax], _ range: SourceRange, depth: Int, _ turns: [Turn], of name: String
  ) -> ValueSyntax? {
    guard depth < turns.count else {
      let found = turns.isEmpty ? "no repeat stands" : turns.count == 1 ? "only one stands" : "only \(turns.count) stand"
      diagnostics.error(
        .listLength, "a list gives one value a turn of a repeat, but \(found) round what it is for",
        at: range, help: ["give one value"])
      return nil
    }
    let turn = turns[depth]
    guard items.count == turn.count else {
      diagnostics.error(
        .listLength, "`\(name)` lists \(items.count) values, but the repeat round it has \(turn.count) turns",
        at: range, help: ["list \(turn.count) values", "repeat \(items.count) times"])
      return nil
    }
    return items[turn.index]
  }

  // MARK: Values

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
    openLookups.append(name)
    defer { openLookups.removeLast() }
    return bind(binding.value, for: spec, from: current, scope, turns, name: name)
  }

  /// The expression with every name replaced but `channels`, `height` and `width`, which are bound to the
  /// value they ask about.
  private func substitute(
    _ expression: Expression, from current: LayerInput, _ scope: Scope, _ turns: [Turn]
  ) -> Expression? {
    switch expression {
    case .number, .dimension: return expression
    case .negated(let operand, let range):
      guard let value = substitute(operand, from: current, scope, turns) else { return nil }
      let whole = Expression.negated(value, range)
      if case .number = value, let number = try? whole.evaluate(dimension: { _, _ in nil }) {
        return .number(number, range)
      }
      return whole
    case .binary(let operation, let left, let right):
      let a = substitute(left, from: current, scope, turns)
      let b = substitute(right, from: current, scope, turns)
      guard let a, let b else { return nil }
      // Entries that use others grow, by powers where nobody stops them: numbers are added up at once.
      let whole = Expression.binary(operation, a, b)
      if case .number = a, case .number = b, let value = try? whole.evaluate(dimension: { _, _ in nil }) {
        return .number(value, expression.range)
      }
      guard whole.hasAtMost(parts: SpecLimits.expressionParts) else {
        diagnostics.error(
          .nestingTooDeep, "the expression is too long with its names replaced", at: expression.range)
        return nil
      }
      return whole
    case .name(let word):
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
  }

  /// The help that names a parameter or a `where` entry like a mistyped word.
  private func near(_ word: String, _ scope: Scope, _ others: [String] = []) -> [String]? {
    Nearest.match(word, among: scope.parameters.keys.sorted() + scope.bindings.keys.sorted() + others)
      .map { ["did you mean `\($0)`?"] }
  }

  // MARK: Counts and choices

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
      name = labelled.flatMap { scope.bindings[$0]?.key.text } ?? scope.table.binding(ofKind: kind)?.key.text ?? kind
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
