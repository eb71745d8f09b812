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
        value, for: isBlock ? nil : spec, from: current, scope, turns, depth: depth,
        name: isBlock ? name : nil)
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
  func element(
    _ items: [ValueSyntax], _ range: SourceRange, depth: Int, _ turns: [Turn], of name: String
  ) -> ValueSyntax? {
    guard depth < turns.count else {
      let found =
        turns.isEmpty
        ? "no repeat stands" : turns.count == 1 ? "only one stands" : "only \(turns.count) stand"
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
}
