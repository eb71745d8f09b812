import CNNSpec
import Testing

@testable import CNNGraph

/// The example of an explanation has the finding that it is there for, word by word.
@Suite struct DiagnosticExamplesTests {
  static let examples: [(code: DiagnosticCode, example: Explanation.Example)] =
    DiagnosticCode.allCases.compactMap { code in code.details.example.map { (code, $0) } }

  @Test(arguments: examples.map(\.code))
  func exampleHasTheFinding(_ code: DiagnosticCode) throws {
    let example = try #require(code.details.example)
    let findings = Self.findings(SourceText(name: "spec.yaml", example.spec))
    let messages = findings.filter { $0.code == code }.map(\.message)
    let expected = example.message.split(separator: "\n").joined(separator: " ")
    #expect(messages == [expected], "all findings: \(findings.map(\.description))")
    #expect(findings.count == 1, "the example has another mistake: \(findings.map(\.description))")
  }

  @Test func whatIsAboutASpecHasAnExample() {
    let without = DiagnosticCode.allCases.filter { $0.details.example == nil }
    #expect(
      without == [
        .unreadableFile, .fileTooLarge, .invalidUTF8, .nestingTooDeep, .weightsFile, .weightsMismatch,
        .inputFile, .inputShape, .dataFolder, .outputFile, .memoryLimit, .modelFile, .unsupportedModel,
        .checkpointMismatch, .trainingDiverged, .moreFindings,
      ])
  }

  /// All that is found in a text, phase by phase up to the one network that a command would take.
  static func findings(_ text: SourceText) -> [Diagnostic] {
    do throws(Diagnostics) {
      var collector = DiagnosticCollector()
      guard let spec = SpecReader.read(try DocumentReader.read(text), &collector), !collector.hasErrors,
        Family(spec).members(&collector) != nil
      else { return collector.all }
      let report = SpecReport.check(text) { (path) throws(FileError) in
        throw FileError(path, .missing)
      }
      return try report.single().notes
    } catch {
      return error.all
    }
  }
}
