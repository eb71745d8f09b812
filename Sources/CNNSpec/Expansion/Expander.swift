/// Turns a spec's steps into a list of layers: repeats unrolled, blocks called, `where` and labels looked
/// up. Shapes are not known here, so `channels`, `height` and `width` stay in the arguments, each bound to
/// the value that it asks about.
package final class Expander {
  let spec: Spec
  var diagnostics: DiagnosticCollector
  private var network = Network()
  private var names: [String: (range: SourceRange, value: LayerInput?)] = [:]
  private var tables: [String: NameTable] = [:]
  private var loops = 0
  private var depth = 0
  /// The `where` entries that are being looked up, each inside the one before.
  var openLookups: [String] = []
  /// What the names looked up inside the outermost one stand for.
  var foundNames: [String: LayerArgument] = [:]
  /// Depth of expressions inside each other, through all names.
  var substitutions = 0
  /// Names looked up so far.
  var lookups = 0

  /// Thrown where going on makes no sense; what is wrong has been reported.
  struct Stop: Error {}

  /// - Parameter spec: one member: no family is left in its `where`.
  /// - Returns: the layers as far as they could be told.
  package static func expand(_ spec: Spec, _ diagnostics: inout DiagnosticCollector) -> Network {
    let expander = Expander(spec, diagnostics)
    expander.run()
    diagnostics = expander.diagnostics
    return expander.network
  }

  private init(_ spec: Spec, _ diagnostics: DiagnosticCollector) {
    self.spec = spec
    self.diagnostics = diagnostics
  }

  private func run() {
    BlockCycles.report(spec, &diagnostics)
    UnusedBindings.report(spec, &diagnostics)
    if diagnostics.all.contains(where: { $0.code == .recursiveBlock }) {
      network.result = .unknown
      return
    }
    let scope = Scope(NameTable(spec.bindings, spec.network), parameters: [:], prefix: "", caller: nil)
    do throws(Stop) {
      network.result = try expand(spec.network, from: .network, scope, [])
    } catch {
      network.result = .unknown
    }
  }

  // MARK: Steps

  private func expand(
    _ steps: [StepSyntax], from start: LayerInput, _ scope: Scope, _ turns: [Turn]
  ) throws(Stop) -> LayerInput {
    var current = start
    depth += 1
    defer { depth -= 1 }
    if depth > SpecLimits.expansionDepth, let range = steps.first?.range {
      diagnostics.error(
        .nestingTooDeep,
        "blocks and groups are nested more than \(SpecLimits.expansionDepth) deep when expanded", at: range)
      throw Stop()
    }
    for step in steps {
      guard let count = step.count else {
        current = try once(step, from: current, scope, turns)
        continue
      }
      guard let count = self.count(count, scope, turns) else {
        current = .unknown
        continue
      }
      loops += 1
      let loop = loops
      for index in 0..<count {
        let turn = Turn(loop: loop, index: index, count: count)
        current = try once(step, from: current, scope, turns + [turn])
      }
    }
    return current
  }

  private func once(
    _ step: StepSyntax, from current: LayerInput, _ scope: Scope, _ turns: [Turn]
  ) throws(Stop) -> LayerInput {
    network.steps += 1
    guard network.steps <= SpecLimits.steps else {
      diagnostics.error(
        .layerLimit, "the network takes more than \(SpecLimits.steps) steps to expand, here", at: step.range,
        help: ["make the counts of the repeats smaller"])
      throw Stop()
    }
    if let choice = step.choice {
      guard let isTaken = self.choice(choice, of: step, scope, turns) else { return .unknown }
      if !isTaken { return current }
    }
    switch step.primary {
    case .broken: return .unknown
    case .group(let steps): return try expand(steps, from: current, scope, turns)
    case .reference(let label): return resolve(label, scope, turns)
    case .layer(let layer): return try self.layer(layer, from: current, scope, turns)
    case .join(let join): return try self.join(join, from: current, scope, turns)
    }
  }

  private func layer(
    _ syntax: LayerSyntax, from current: LayerInput, _ scope: Scope, _ turns: [Turn]
  ) throws(Stop) -> LayerInput {
    if let block = spec.block(named: syntax.kind.text) {
      return try call(block, syntax, from: current, scope, turns)
    }
    guard let kind = KindTable.kind(named: syntax.kind.text) else {
      diagnostics.error(
        .unknownKind, "there is no kind of layer `\(syntax.kind.text)`", at: syntax.kind.range,
        help: [
          Nearest.match(
            syntax.kind.text, among: KindTable.names + spec.blocks.values.map(\.name.text).sorted()
          )
          .map { "did you mean `\($0)`?" } ?? "`cnnc kinds` lists all kinds"
        ])
      return try add(
        Layer(name: "", kind: nil, arguments: [:], inputs: [current], range: syntax.kind.range), syntax.label,
        as: syntax.kind.text, scope, turns)
    }
    if KindTable.joinNames.contains(kind.name) {
      diagnostics.error(
        .patternSyntax, "`\(kind.name)` joins branches, which a pattern cannot hold", at: syntax.range,
        help: ["make `network` a list and write a step `- \(kind.name): [conv(8, 1), identity]`"])
      return .unknown
    }
    if kind.name == "identity", syntax.label == nil { return current }
    let arguments = self.arguments(
      of: syntax, as: kind.arguments, noun: "`\(kind.name)`", from: current, scope, turns)
    let layer = Layer(
      name: "", kind: kind.name, arguments: arguments, inputs: [current], range: syntax.kind.range)
    return try add(layer, syntax.label, as: kind.name, scope, turns)
  }

  private func join(
    _ syntax: JoinSyntax, from current: LayerInput, _ scope: Scope, _ turns: [Turn]
  ) throws(Stop) -> LayerInput {
    var inputs: [LayerInput] = []
    for branch in syntax.branches {
      inputs.append(try expand(branch, from: current, scope, turns))
    }
    let kind = syntax.kind.text.lowercased()
    let layer = Layer(name: "", kind: kind, arguments: [:], inputs: inputs, range: syntax.kind.range)
    return try add(layer, syntax.label, as: kind, scope, turns)
  }

  private func call(
    _ block: Spec.Block, _ syntax: LayerSyntax, from current: LayerInput, _ scope: Scope, _ turns: [Turn]
  ) throws(Stop) -> LayerInput {
    let specs = block.parameters.map { parameter in
      ArgumentSpec(parameter.name.text, .real, parameter.fallback == nil ? .required : .absent)
    }
    var parameters = arguments(
      of: syntax, as: specs, noun: "the block `\(block.name.text)`", isBlock: true, from: current, scope,
      turns)
    var name = name(label: syntax.label, kind: block.name.text, scope, turns)
    // Where the name is taken, the names inside are kept apart: one mistake, one error.
    if !claim(name, at: syntax.label?.range ?? syntax.kind.range) { name += "#\(network.steps)" }
    let table = table(of: block)
    // A default may use the parameters before it.
    for parameter in block.parameters where parameters[parameter.name.text] == nil {
      guard let fallback = parameter.fallback else { continue }
      let inner = Scope(table, parameters: parameters, prefix: name + ".", caller: nil)
      parameters[parameter.name.text] = bind(fallback, for: nil, from: current, inner, [])
    }
    let inner = Scope(table, parameters: parameters, prefix: name + ".", caller: (scope, turns))
    let result = try expand(block.network, from: current, inner, [])
    names[name]?.value = result
    network.calls[name] = result
    if let label = syntax.label { scope.define(label.text, turns, result) }
    return result
  }

  private func table(of block: Spec.Block) -> NameTable {
    if let table = tables[block.name.text] { return table }
    let table = NameTable(block.bindings, block.network)
    tables[block.name.text] = table
    return table
  }

  // MARK: Names

  private func name(label: Word?, kind: String, _ scope: Scope, _ turns: [Turn]) -> String {
    let ordinal = scope.nextOrdinal(of: kind)
    guard let label else { return "\(scope.prefix)\(kind)\(ordinal)" }
    return scope.prefix + ([label.text] + turns.map { "\($0.index)" }).joined(separator: ".")
  }

  private func add(
    _ layer: Layer, _ label: Word?, as kind: String, _ scope: Scope, _ turns: [Turn]
  ) throws(Stop) -> LayerInput {
    guard network.layers.count < SpecLimits.layers else { throw limit(at: layer.range) }
    var layer = layer
    layer.name = name(label: label, kind: kind, scope, turns)
    let value = LayerInput.layer(network.layers.count)
    if claim(layer.name, at: label?.range ?? layer.range) { names[layer.name]?.value = value }
    network.layers.append(layer)
    if let label { scope.define(label.text, turns, value) }
    return value
  }

  /// Takes a name, or reports that it is taken.
  private func claim(_ name: String, at range: SourceRange) -> Bool {
    guard let other = names[name] else {
      names[name] = (range, nil)
      return true
    }
    diagnostics.error(
      .labelCollision, "the name `\(name)` is taken already, in line \(other.range.line)", at: range,
      help: ["choose another label; layers without one are named after their kind and ordinal"])
    return false
  }

  private func limit(at range: SourceRange) -> Stop {
    diagnostics.error(
      .layerLimit, "the network grows past \(SpecLimits.layers) layers here", at: range,
      help: ["make the counts of the repeats smaller"])
    return Stop()
  }

  // MARK: Labels

  /// The value that a label names: the scope's own, then a parameter's, then the caller's.
  func resolve(_ label: LabelSyntax, _ scope: Scope, _ turns: [Turn]) -> LayerInput {
    var place: (scope: Scope, turns: [Turn])? = (scope, turns)
    while let (inner, turns) = place {
      if let value = inner.value(of: label, at: turns) { return value }
      if let value = names[inner.prefix + label.text]?.value { return value }
      if label.indices.isEmpty, let parameter = inner.parameters[label.name] {
        if case .layer(let value) = parameter.value { return value }
        if case .unknown = parameter.value { return .unknown }
        diagnostics.error(
          .unknownLabel, "`\(label.name)` is a parameter, but no label was given for it", at: label.range,
          help: ["call the block with `@label`"])
        return .unknown
      }
      if report(label, in: inner) { return .unknown }
      place = inner.caller
    }
    diagnostics.error(
      .unknownLabel, "nothing is labelled `\(label.name)`", at: label.range, help: helpForLabel(label, scope))
    return .unknown
  }

  private func helpForLabel(_ label: LabelSyntax, _ scope: Scope) -> [String] {
    let known = scope.labelNames + (scope.caller?.scope.labelNames ?? [])
    if known.isEmpty { return ["label a layer before this place, as in `conv:\(label.name)(64, 3x3)`"] }
    return Nearest.help(label.name, among: known)
  }

  /// Reports a label that the scope has, but not at this place.
  private func report(_ label: LabelSyntax, in scope: Scope) -> Bool {
    if let last = scope.lastOccurrence(of: label.name) {
      let written = ([label.name] + last.map { "\($0)" }).joined(separator: ".")
      let help = last.isEmpty ? "write `@\(label.name)`" : "the last occurrence is `@\(written)`"
      diagnostics.error(
        .unknownLabel, "`@\(label.text)` names no occurrence of `\(label.name)`", at: label.range,
        help: [help])
      return true
    }
    guard let declared = scope.table.declaredLabels[label.name] else { return false }
    diagnostics.error(
      .labelCycle,
      "`@\(label.text)` is computed only later, in line \(declared.line): this would be a cycle",
      at: label.range, help: ["a label may be used behind the layer that bears it"])
    return true
  }
}
