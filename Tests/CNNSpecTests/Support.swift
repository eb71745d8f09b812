import CNNSpec

/// What the tests show of a spec: its layers, and what is wrong with it.
struct Reading {
  var spec: Spec?
  var layers: [String] = []
  var findings: [Diagnostic] = []

  init(_ bytes: [UInt8], name: String = "spec.yaml", describes: Bool = true) {
    var diagnostics = DiagnosticCollector()
    do throws(Diagnostics) {
      spec = SpecReader.read(try DocumentReader.read(SourceText(name: name, bytes: bytes)), &diagnostics)
      if let spec {
        let network = Expander.expand(spec, &diagnostics)
        if describes { layers = network.layers.indices.map { Self.describe($0, network) } }
        if network.result == .unknown, !diagnostics.hasErrors { layers.append("no result, and no error") }
      }
    } catch {
      for finding in error.all { diagnostics.report(finding) }
    }
    findings = diagnostics.all
  }

  /// The findings as the command prints them, without the file's name.
  var text: String {
    findings.map { $0.description.replacing(/^[^:\n]*\.(yaml|json):/, with: "") }.joined(separator: "\n")
  }

  /// `LINE:COLUMN: message` of each finding.
  var messages: [String] {
    findings.map { finding in
      guard case .text(let range) = finding.place else { return finding.message }
      return "\(range.startPosition.line):\(range.startPosition.column): \(finding.message)"
    }
  }

  /// `c1 = conv(filters=8, kernel=3) < conv1`: defaults and the layer before as input are left out.
  private static func describe(_ index: Int, _ network: Network) -> String {
    let layer = network.layers[index]
    func name(_ input: LayerInput) -> String {
      switch input {
      case .network: "input"
      case .layer(let index): network.layers[index].name
      case .unknown: "unknown"
      }
    }
    func text(_ expression: Expression) -> String {
      switch expression {
      case .number(let number, _): number.text
      case .name(let word): "\(word.text)!"
      case .negated(let operand, _): "-\(text(operand))"
      case .binary(let operation, let left, let right):
        "(\(text(left)) \(operation.rawValue) \(text(right)))"
      case .dimension(let side, let input, _): "\(side) of \(name(input))"
      }
    }
    func text(_ value: LayerArgument.Value) -> String {
      switch value {
      case .expression(let expression): text(expression)
      case .size(let sides): sides.map(String.init).joined(separator: "x")
      case .word(let word): word
      case .flag(let flag): flag ? "yes" : "no"
      case .layer(let input): "@" + name(input)
      case .question: "?"
      case .list(let items): "[" + items.map { text($0.value) }.joined(separator: " ") + "]"
      case .unknown: "unknown"
      }
    }
    var arguments: [String] = []
    for spec in layer.kind.flatMap(KindTable.kind(named:))?.arguments ?? [] {
      guard let argument = layer.arguments[spec.name] else { continue }
      let shown = text(argument.value)
      // `1e-5` is read and printed as `1e-05`.
      if case .text(let fallback) = spec.default,
        fallback == shown || Double(fallback) == Double(shown) ?? .nan
      {
        continue
      }
      arguments.append("\(spec.name)=\(shown)")
    }
    let previous = index == 0 ? LayerInput.network : .layer(index - 1)
    let inputs = layer.inputs == [previous] ? "" : " < " + layer.inputs.map(name).joined(separator: ", ")
    let isBare = arguments.isEmpty && layer.kind.map { layer.name.hasPrefix($0) } ?? false
    let call =
      isBare
      ? "" : " = \(layer.kind ?? "?")" + (arguments.isEmpty ? "" : "(\(arguments.joined(separator: ", ")))")
    return layer.name + call + inputs
  }
}

/// A spec whose network is a pattern, in quotes, and further lines.
func reading(_ pattern: String, _ more: String = "") -> Reading {
  Reading(Array("input: 3x32x32\nnetwork: \"\(pattern)\"\n\(more)".utf8))
}

func reading(yaml: String, name: String = "spec.yaml") -> Reading { Reading(Array(yaml.utf8), name: name) }

/// The layers of a pattern that has nothing wrong with it; else what is wrong.
func layers(_ pattern: String, _ more: String = "") -> [String] {
  let result = reading(pattern, more)
  return result.findings.isEmpty ? result.layers : [result.text]
}

func layers(yaml: String) -> [String] {
  let result = reading(yaml: "input: 3x32x32\n" + yaml)
  return result.findings.isEmpty ? result.layers : [result.text]
}
