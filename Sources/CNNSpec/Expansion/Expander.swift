/// Turns a spec's steps into a list of layers: repeats unrolled, blocks called, `where` and labels looked
/// up. Shapes are not known here, so `channels`, `height` and `width` stay in the arguments, each bound to
/// the value that it asks about.
package final class Expander {
  let spec: Spec
  var diagnostics: DiagnosticCollector
  private var network = Network()
  private var names: [String: Int] = [:]
  private var steps = 0
  private var loops = 0
  /// Depth of `where` entries that are looked up inside each other.
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
    let scope = Scope(
      bindings: spec.bindings, parameters: [:], prefix: "", caller: nil, network: spec.network)
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
    steps += 1
    guard steps <= SpecLimits.steps else { throw limit(at: step.range) }
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
    if let block = spec.blocks[syntax.kind.text] {
      return try call(block, syntax, from: current, scope, turns)
    }
    guard let kind = KindTable.kind(named: syntax.kind.text) else {
      let candidates = KindTable.names + spec.blocks.keys.sorted()
      let near = Nearest.match(syntax.kind.text, among: candidates)
      diagnostics.error(
        .unknownKind, "there is no kind of layer `\(syntax.kind.text)`", at: syntax.kind.range,
        help: [near.map { "did you mean `\($0)`?" } ?? "`cnnc kinds` lists all kinds"])
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
    guard scope.depth < SpecLimits.nesting else {
      diagnostics.error(
        .nestingTooDeep, "blocks call each other more than \(SpecLimits.nesting) deep",
        at: syntax.kind.range)
      throw Stop()
    }
    let specs = block.parameters.map { parameter in
      ArgumentSpec(parameter.name.text, .real, parameter.fallback == nil ? .required : .absent)
    }
    var parameters = arguments(
      of: syntax, as: specs, noun: "the block `\(block.name.text)`", isBlock: true, from: current, scope,
      turns)
    let name = name(label: syntax.label, kind: block.name.text, scope, turns)
    // A default may use the parameters before it.
    for parameter in block.parameters where parameters[parameter.name.text] == nil {
      guard let fallback = parameter.fallback else { continue }
      let inner = Scope(
        bindings: block.bindings, parameters: parameters, prefix: name + ".", caller: nil, network: [])
      parameters[parameter.name.text] = bind(fallback, for: nil, from: current, inner, [])
    }
    let inner = Scope(
      bindings: block.bindings, parameters: parameters, prefix: name + ".", caller: (scope, turns),
      network: block.network)
    let result = try expand(block.network, from: current, inner, [])
    if let label = syntax.label {
      claim(name, at: label.range, layer: nil)
      scope.define(label.text, turns, result)
    }
    return result
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
    claim(layer.name, at: label?.range ?? layer.range, layer: network.layers.count)
    network.layers.append(layer)
    let value = LayerInput.layer(network.layers.count - 1)
    if let label { scope.define(label.text, turns, value) }
    return value
  }

  private func claim(_ name: String, at range: SourceRange, layer: Int?) {
    if let other = names[name] {
      let earlier = other >= 0 ? network.layers[other].range.startPosition.line : range.startPosition.line
      diagnostics.error(
        .labelCollision, "the name `\(name)` is taken already, in line \(earlier)", at: range,
        help: ["choose another label; layers without one are named after their kind and ordinal"])
    }
    names[name] = layer ?? -1
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
      if let layer = names[inner.prefix + label.text], layer >= 0 { return .layer(layer) }
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
    let known = scope.labels.keys.sorted() + (scope.caller?.scope.labels.keys.sorted() ?? [])
    diagnostics.error(
      .unknownLabel, "nothing is labelled `\(label.name)`", at: label.range,
      help: Nearest.help(label.name, among: known.isEmpty ? Array(names.keys.sorted().prefix(31)) : known))
    return .unknown
  }

  /// Reports a label that the scope has, but not at this place.
  private func report(_ label: LabelSyntax, in scope: Scope) -> Bool {
    if let occurrences = scope.labels[label.name], let last = occurrences.last {
      let written = ([label.name] + last.turns.map { "\($0.index)" }).joined(separator: ".")
      let help = last.turns.isEmpty ? "write `@\(label.name)`" : "the last occurrence is `@\(written)`"
      diagnostics.error(
        .unknownLabel, "`@\(label.text)` names no occurrence of `\(label.name)`", at: label.range,
        help: [help])
      return true
    }
    guard let declared = scope.declaredLabels[label.name] else { return false }
    diagnostics.error(
      .labelCycle,
      "`@\(label.text)` is computed only later, in line \(declared.startPosition.line): this would be a cycle",
      at: label.range, help: ["a label may be used behind the layer that bears it"])
    return true
  }
}
