/// Networks, branches and `where` entries: the parts of a document that hold patterns and values.
struct StepReader {
  /// A pattern, or a list of steps.
  func network(_ value: DocumentValue, _ diagnostics: inout DiagnosticCollector) -> [StepSyntax] {
    switch value.content {
    case .scalar(let scalar): return pattern(scalar, &diagnostics)
    case .sequence(let items):
      guard !items.isEmpty else {
        diagnostics.error(.missingKey, "the list of steps is empty", at: value.range)
        return [broken(value.range)]
      }
      return items.flatMap { step($0, &diagnostics) }
    case .mapping: return step(value, &diagnostics)
    }
  }

  private func broken(_ range: SourceRange) -> StepSyntax {
    StepSyntax(primary: .broken, count: nil, choice: nil, range: range)
  }

  private func pattern(_ scalar: Scalar, _ diagnostics: inout DiagnosticCollector) -> [StepSyntax] {
    do throws(Diagnostics) {
      return try PatternParser.pattern(scalar)
    } catch {
      for finding in error.all { diagnostics.report(finding) }
      return [broken(scalar.range)]
    }
  }

  private func step(_ value: DocumentValue, _ diagnostics: inout DiagnosticCollector) -> [StepSyntax] {
    switch value.content {
    case .scalar(let scalar): return pattern(scalar, &diagnostics)
    case .sequence:
      diagnostics.error(
        .wrongType, "a step is a pattern or a mapping with one key, not a list", at: value.range,
        help: ["quote the pattern if it starts with `[`", "take the inner brackets away"])
      return [broken(value.range)]
    case .mapping(let all):
      let entries = MappingReader.withoutDuplicates(all, &diagnostics)
      if entries.contains(where: { $0.key.text == "repeat" }) {
        return [repetition(value, &diagnostics)]
      }
      guard entries.count == 1 else {
        diagnostics.error(
          .wrongType, "a step's mapping has one key, the kind of layer, not \(entries.count)",
          at: value.range,
          help: ["start each step with `-`", "arguments go one level deeper: `conv: {filters: 64}`"])
        return [broken(value.range)]
      }
      return [longForm(entries[0], value.range, &diagnostics)]
    }
  }

  /// `{repeat: 3, network: [...]}`
  private func repetition(
    _ value: DocumentValue, _ diagnostics: inout DiagnosticCollector
  ) -> StepSyntax {
    let map = MappingReader(value, "a repeat", keys: ["repeat", "network"], &diagnostics)
    guard
      let network = map.required("network", help: "say what is repeated: `network: [...]`", &diagnostics),
      let count = map["repeat"]
    else { return broken(value.range) }
    let steps = self.network(network, &diagnostics)
    guard case .expression(let expression) = Self.value(count, &diagnostics).content else {
      diagnostics.error(
        .invalidValue, "`repeat` is a count, not \(count.noun)", at: count.range)
      return broken(value.range)
    }
    return StepSyntax(primary: .group(steps), count: expression, choice: nil, range: value.range)
  }

  /// `conv: {filters: 64, kernel: 3, name: c2}`, `concat: [...]`, `bottleneck:b1: 64`
  private func longForm(
    _ entry: DocumentEntry, _ range: SourceRange, _ diagnostics: inout DiagnosticCollector
  ) -> StepSyntax {
    let kind: Word
    var label: Word?
    do throws(Diagnostics) {
      (kind, label) = try PatternParser.key(entry.key)
    } catch {
      for finding in error.all { diagnostics.report(finding) }
      return broken(range)
    }
    let primary: StepSyntax.Primary
    if KindTable.joinNames.contains(kind.text.lowercased()) {
      guard case .sequence(let branches) = entry.value.content, !branches.isEmpty else {
        diagnostics.error(
          .wrongType, "`\(kind.text)` takes a list of branches, not \(entry.value.noun)",
          at: entry.value.range, help: ["write `\(kind.text): [conv(8, 1), identity]`"])
        return broken(range)
      }
      let steps = branches.map { network($0, &diagnostics) }
      primary = .join(JoinSyntax(kind: kind, label: label, branches: steps, range: entry.key.range))
    } else {
      let arguments = arguments(entry.value, label: &label, &diagnostics)
      primary = .layer(
        LayerSyntax(kind: kind, label: label, arguments: arguments, range: entry.key.range))
    }
    return StepSyntax(primary: primary, count: nil, choice: nil, range: range)
  }

  private func arguments(
    _ value: DocumentValue, label: inout Word?, _ diagnostics: inout DiagnosticCollector
  ) -> [ArgumentSyntax] {
    guard case .mapping(let all) = value.content else {
      if value.scalar?.text == "" { return [] }
      return [ArgumentSyntax(name: nil, value: Self.value(value, &diagnostics))]
    }
    var arguments: [ArgumentSyntax] = []
    for entry in MappingReader.withoutDuplicates(all, &diagnostics) {
      if entry.key.text == "name" {
        if let label {
          diagnostics.error(
            .duplicateArgument, "the layer has a label already: `\(label.text)`", at: entry.key.range,
            help: ["keep one of the two"])
        } else if let text = entry.value.scalar?.text, SpecReader.isName(text, alsoDash: false) {
          label = Word(text: text, range: entry.value.range)
        } else {
          diagnostics.error(
            .invalidName, "a label is letters, digits and `_`, a letter first, not \(entry.value.noun)",
            at: entry.value.range)
        }
        continue
      }
      arguments.append(
        ArgumentSyntax(
          name: Word(text: entry.key.text, range: entry.key.range),
          value: Self.value(entry.value, &diagnostics)))
    }
    return arguments
  }

  /// The entries of a `where`.
  func bindings(_ value: DocumentValue, _ diagnostics: inout DiagnosticCollector) -> [Spec.Binding] {
    guard case .mapping(let entries) = value.content else {
      diagnostics.error(
        .wrongType, "`where` is a mapping from names to what they stand for, not \(value.noun)",
        at: value.range, help: ["write `where: {N: 2, CONV: {filters: 64, kernel: 3}}`"])
      return []
    }
    let taken: Set = ["channels", "height", "width", "yes", "no", "true", "false"]
    return MappingReader.withoutDuplicates(entries, &diagnostics).compactMap { entry in
      if taken.contains(entry.key.text) {
        diagnostics.error(
          .invalidName, "`\(entry.key.text)` is a word of the language, and cannot be given a value",
          at: entry.key.range)
        return nil
      }
      return Spec.Binding(
        key: Word(text: entry.key.text, range: entry.key.range),
        value: Self.value(entry.value, &diagnostics))
    }
  }

  /// A value of an argument or a `where` entry.
  static func value(_ value: DocumentValue, _ diagnostics: inout DiagnosticCollector) -> ValueSyntax {
    let content: ValueSyntax.Content
    switch value.content {
    case .scalar(let scalar):
      do throws(Diagnostics) {
        return try PatternParser.value(scalar)
      } catch {
        for finding in error.all { diagnostics.report(finding) }
        content = .broken
      }
    case .sequence(let items): content = .list(items.map { self.value($0, &diagnostics) })
    case .mapping(let all):
      content = .mapping(
        MappingReader.withoutDuplicates(all, &diagnostics).map { entry in
          (Word(text: entry.key.text, range: entry.key.range), self.value(entry.value, &diagnostics))
        })
    }
    return ValueSyntax(content: content, range: value.range)
  }
}
