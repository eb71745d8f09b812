import CNNSpec
import Testing

@testable import CNNGraph

/// A spec written for a test, checked.
struct CheckedSpec {
  let report: SpecReport
  let diagnostics: [Diagnostic]

  /// Checks the text of a whole spec.
  init(yaml text: String, where values: Family.Member = []) {
    report = SpecReport.check(SourceText(name: "test.yaml", text), where: values) {
      (name) throws(FileError) in
      throw FileError(name, .missing)
    }
    diagnostics = report.allDiagnostics
  }

  /// Checks a network that is one pattern, or several steps.
  /// - Parameter extra: further lines of the spec.
  init(_ input: String, _ steps: String..., extra: String = "") {
    let network = steps.map { "  - \"\($0)\"\n" }.joined()
    self.init(yaml: "input: \(input)\nnetwork:\n\(network)\(extra)\n")
  }

  var network: CheckedNetwork? { report.members.first?.network }

  /// The shape that leaves the network, `6x28x28`, or the codes of what is wrong.
  var result: String {
    let errors = diagnostics.filter { $0.severity == .error }
    guard errors.isEmpty, let network else { return errors.map(\.code.rawValue).joined(separator: " ") }
    return network.shape(of: network.result)?.description ?? "unknown"
  }

  /// The checked layer of a name.
  func layer(_ name: String, sourceLocation: SourceLocation = #_sourceLocation) throws -> CheckedLayer {
    try #require(network?.layers.first { $0.name == name }, sourceLocation: sourceLocation)
  }

  /// The one finding, where there has to be exactly one.
  func onlyFinding(sourceLocation: SourceLocation = #_sourceLocation) throws -> Diagnostic {
    #expect(diagnostics.count == 1, "\(diagnostics)", sourceLocation: sourceLocation)
    return try #require(diagnostics.first, sourceLocation: sourceLocation)
  }

  /// What the messages say, without places and help.
  var messages: [String] { diagnostics.map(\.message) }
}

/// One line of a table: what enters, a layer, and what comes out (or the codes of what is wrong).
struct ShapeExample: CustomTestStringConvertible, Sendable {
  let input: String
  let layer: String
  let result: String

  init(_ input: String, _ layer: String, _ result: String) {
    (self.input, self.layer, self.result) = (input, layer, result)
  }

  var testDescription: String { "\(layer) on \(input)" }

  func check(sourceLocation: SourceLocation = #_sourceLocation) {
    let spec = CheckedSpec(input, layer)
    #expect(spec.result == result, "\(spec.diagnostics)", sourceLocation: sourceLocation)
  }
}
