/// The specs that one spec with ranges in its `where` stands for.
package struct Family: Sendable {
  /// A range of the `where`, under the name by which `--where` fixes it: `N`, `CONV.filters`.
  package struct Axis: Sendable {
    package var name: String
    package var values: ClosedRange<Int>
    package var range: SourceRange
  }

  /// A value for every axis.
  package typealias Member = [(name: String, value: Int)]

  package let spec: Spec
  package let axes: [Axis]

  package init(_ spec: Spec) {
    self.spec = spec
    var axes: [Axis] = []
    for binding in spec.bindings { Self.collect(binding.value, binding.key.text, &axes) }
    self.axes = axes
  }

  private static func collect(_ value: ValueSyntax, _ name: String, _ axes: inout [Axis]) {
    switch value.content {
    case .family(let values): axes.append(Axis(name: name, values: values, range: value.range))
    case .list(let items):
      for (index, item) in items.enumerated() { collect(item, "\(name).\(index)", &axes) }
    case .mapping(let entries):
      for entry in entries { collect(entry.value, "\(name).\(entry.key.text)", &axes) }
    default: break
    }
  }

  /// All members, the first axis varying slowest; nil past the limit, which is reported.
  package func members(_ diagnostics: inout DiagnosticCollector) -> [Member]? {
    if axes.count > SpecLimits.axes {
      diagnostics.error(
        .familyLimit, "the family has \(axes.count) ranges, more than \(SpecLimits.axes)", at: axes[0].range)
      return nil
    }
    var count = 1
    for axis in axes {
      let (width, overflow) = axis.values.upperBound.subtractingReportingOverflow(axis.values.lowerBound)
      let (product, overflow2) = count.multipliedReportingOverflow(
        by: overflow ? .max : width + (width == .max ? 0 : 1))
      guard !overflow, !overflow2, product <= SpecLimits.members else {
        diagnostics.error(
          .familyLimit, "the family has more than \(SpecLimits.members) members", at: axis.range,
          help: ["make the ranges shorter", "fix some with `--where \(axis.name)=\(axis.values.lowerBound)`"])
        return nil
      }
      count = product
    }
    if let first = axes.first, count * spec.bindings.count > SpecLimits.memberEntries {
      diagnostics.error(
        .familyLimit, "\(count) members of \(spec.bindings.count) `where` entries each are too many",
        at: first.range, help: ["make the ranges shorter"])
      return nil
    }
    var members: [Member] = [[]]
    for axis in axes {
      members = members.flatMap { member in axis.values.map { member + [(axis.name, $0)] } }
    }
    return members
  }

  /// Whether `values` set what the spec's `where` has, within its ranges; what is wrong is reported.
  ///
  /// An entry as a whole may be set, or a part of it by its path, unless it holds arguments by name.
  package func accepts(_ values: Member, _ diagnostics: inout DiagnosticCollector) -> Bool {
    let settable = values.isEmpty ? [] : self.settable
    for (name, value) in values {
      if let axis = axes.first(where: { $0.name == name }) {
        if !axis.values.contains(value) {
          diagnostics.report(
            Diagnostic(
              .chooseMember,
              "`--where \(name)=\(value)` is outside of \(axis.values.lowerBound)..\(axis.values.upperBound)",
              at: axis.range))
        }
      } else if !settable.contains(name) {
        let known = Set(axes.map(\.name)).union(settable).sorted()
        diagnostics.report(
          Diagnostic(
            .chooseMember, "`--where \(name)=\(value)` sets what the spec's `where` does not have",
            at: .file(spec.text.name), help: Nearest.help(name, among: known)))
      }
    }
    return !diagnostics.all.contains { $0.code == .chooseMember }
  }

  private var settable: Set<String> {
    var names: Set<String> = []
    func add(_ value: ValueSyntax, _ name: String) {
      switch value.content {
      case .mapping(let entries): for entry in entries { add(entry.value, "\(name).\(entry.key.text)") }
      case .list(let items):
        names.insert(name)
        for (index, item) in items.enumerated() { add(item, "\(name).\(index)") }
      default: names.insert(name)
      }
    }
    for binding in spec.bindings { add(binding.value, binding.key.text) }
    return names
  }

  /// The spec of one member, or of a smaller family where not all axes are given.
  package func fixing(_ values: Member) -> Spec {
    var result = spec
    for index in result.bindings.indices
    where values.contains(where: { concerns($0.name, result.bindings[index]) }) {
      result.bindings[index].value = Self.replace(
        result.bindings[index].value, result.bindings[index].key.text, values)
    }
    return result
  }

  private func concerns(_ name: String, _ binding: Spec.Binding) -> Bool {
    name == binding.key.text || name.hasPrefix(binding.key.text + ".")
  }

  private static func replace(_ value: ValueSyntax, _ name: String, _ values: Member) -> ValueSyntax {
    var result = value
    if let (_, number) = values.last(where: { $0.name == name }) {
      result.content = .expression(.number(.fraction(number, over: 1), value.range))
      return result
    }
    switch value.content {
    case .list(let items):
      result.content = .list(
        items.enumerated().map { index, item in replace(item, "\(name).\(index)", values) })
    case .mapping(let entries):
      result.content = .mapping(
        entries.map { ($0.key, replace($0.value, "\(name).\($0.key.text)", values)) })
    default: break
    }
    return result
  }
}
