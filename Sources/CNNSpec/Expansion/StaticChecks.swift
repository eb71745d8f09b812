/// Blocks that call themselves, directly or through others.
enum BlockCycles {
  static func report(_ spec: Spec, _ diagnostics: inout DiagnosticCollector) {
    var calls: [String: [Word]] = [:]
    for (name, block) in spec.blocks {
      calls[name] = callees(block.network).filter { spec.block(named: $0.text) != nil }
    }
    var finished: Set<String> = []
    for start in spec.blocks.keys.sorted() where !finished.contains(start) {
      // Depth first, with an explicit stack: the chain may be as long as the file.
      var path: [(name: String, next: Int)] = [(start, 0)]
      var open: Set<String> = [start]
      while let (name, next) = path.last {
        guard next < calls[name]!.count else {
          path.removeLast()
          open.remove(name)
          finished.insert(name)
          continue
        }
        path[path.count - 1].next += 1
        let word = calls[name]![next]
        let callee = word.text.lowercased()
        if open.contains(callee) {
          // A cycle may be as long as the file: it is told only where it will be kept.
          let names =
            diagnostics.isFull
            ? [] : path.drop { $0.name != callee }.map { spec.blocks[$0.name]!.name.text }
          let cycle = (names + [word.text]).joined(separator: " -> ")
          diagnostics.error(
            .recursiveBlock, "the block `\(word.text)` calls itself: \(cycle)",
            at: word.range, help: ["repeat a step with `*N` instead"])
        } else if !finished.contains(callee) {
          path.append((callee, 0))
          open.insert(callee)
        }
      }
    }
  }

  private static func callees(_ steps: [StepSyntax]) -> [Word] {
    steps.flatMap { step -> [Word] in
      switch step.primary {
      case .layer(let layer): [layer.kind]
      case .group(let inner): callees(inner)
      case .join(let join): join.branches.flatMap(callees)
      case .reference, .broken: []
      }
    }
  }
}

/// `where` entries that nothing in their network reads: most often a mistyped name.
enum UnusedBindings {
  static func report(_ spec: Spec, _ diagnostics: inout DiagnosticCollector) {
    check(spec.bindings, in: spec.network, &diagnostics)
    for name in spec.blocks.keys.sorted() {
      let block = spec.blocks[name]!
      check(block.bindings, in: block.network, &diagnostics)
    }
  }

  private static func check(
    _ bindings: [Spec.Binding], in network: [StepSyntax], _ diagnostics: inout DiagnosticCollector
  ) {
    guard !bindings.isEmpty else { return }
    var uses = Uses()
    uses.add(network)
    for binding in bindings { uses.add(binding.value) }
    if uses.isBroken { return }
    let candidates = uses.names.union(uses.written).sorted()
    for binding in bindings {
      let key = binding.key.text
      guard !uses.names.contains(key), !uses.kinds.contains(key.lowercased()) else { continue }
      diagnostics.error(
        .unusedWhere, "nothing in the network is named `\(key)`", at: binding.key.range,
        help: Nearest.help(key, among: candidates))
    }
  }

  private struct Uses {
    /// Labels, counts, choices and names in expressions.
    var names: Set<String> = []
    /// Kinds, in small letters.
    var kinds: Set<String> = []
    /// Kinds as written.
    var written: Set<String> = []
    var isBroken = false

    mutating func add(_ steps: [StepSyntax]) {
      for step in steps {
        if let count = step.count { add(count) }
        if case .name(let word) = step.choice { names.insert(word.text) }
        switch step.primary {
        case .broken: isBroken = true
        case .reference: break
        case .group(let inner): add(inner)
        case .join(let join): for branch in join.branches { add(branch) }
        case .layer(let layer):
          kinds.insert(layer.kind.text.lowercased())
          written.insert(layer.kind.text)
          if let label = layer.label { names.insert(label.text) }
          if case .ownEntry = step.choice {
            kinds.insert(layer.kind.text.lowercased() + "?")
            written.insert(layer.kind.text + "?")
            if let label = layer.label { names.insert(label.text + "?") }
          }
          for argument in layer.arguments { add(argument.value) }
        }
      }
    }

    mutating func add(_ value: ValueSyntax) {
      switch value.content {
      case .expression(let expression): add(expression)
      case .list(let items): for item in items { add(item) }
      case .mapping(let entries): for entry in entries { add(entry.value) }
      case .size, .reference, .question, .family, .broken: break
      }
    }

    mutating func add(_ expression: Expression) {
      switch expression {
      case .name(let word): names.insert(word.text)
      case .negated(let operand, _): add(operand)
      case .binary(_, let left, let right):
        add(left)
        add(right)
      case .number, .dimension: break
      }
    }
  }
}
