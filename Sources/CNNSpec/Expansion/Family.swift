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
    var members: [Member] = [[]]
    for axis in axes {
      members = members.flatMap { member in axis.values.map { member + [(axis.name, $0)] } }
    }
    return members
  }

  /// Whether `values` set what the spec's `where` has, within its ranges; what is wrong is reported.
  package func accepts(_ values: Member, _ diagnostics: inout DiagnosticCollector) -> Bool {
    for (name, value) in values {
      if let axis = axes.first(where: { $0.name == name }) {
        if !axis.values.contains(value) {
          diagnostics.report(
            Diagnostic(
              .chooseMember,
              "`--where \(name)=\(value)` is outside of \(axis.values.lowerBound)..\(axis.values.upperBound)",
              at: axis.range))
        }
      } else if !spec.bindings.contains(where: { $0.key.text == name }) {
        let known = axes.map(\.name) + spec.bindings.map(\.key.text)
        diagnostics.report(
          Diagnostic(
            .chooseMember, "`--where \(name)=\(value)` sets what the spec's `where` does not have",
            at: .file(spec.text.name), help: Nearest.help(name, among: known)))
      }
    }
    return !diagnostics.all.contains { $0.code == .chooseMember }
  }

  /// The spec of one member, or of a smaller family where not all axes are given.
  package func fixing(_ values: Member) -> Spec {
    var result = spec
    for index in result.bindings.indices {
      result.bindings[index].value = Self.replace(
        result.bindings[index].value, result.bindings[index].key.text, values)
    }
    return result
  }

  private static func replace(_ value: ValueSyntax, _ name: String, _ values: Member) -> ValueSyntax {
    var result = value
    switch value.content {
    case .family:
      if let (_, number) = values.last(where: { $0.name == name }) {
        result.content = .expression(.number(.fraction(number, over: 1), value.range))
      }
    case .list(let items):
      result.content = .list(
        items.enumerated().map { index, item in replace(item, "\(name).\(index)", values) })
    case .mapping(let entries):
      result.content = .mapping(
        entries.map { ($0.key, replace($0.value, "\(name).\($0.key.text)", values)) })
    default:
      if let (_, number) = values.last(where: { $0.name == name }) {
        result.content = .expression(.number(.fraction(number, over: 1), value.range))
      }
    }
    return result
  }
}
