import Testing

@testable import CNNSpec

@Suite struct DiagnosticExplanationsTests {
  @Test(arguments: DiagnosticCode.allCases)
  func isReadableInATerminal(_ code: DiagnosticCode) {
    let lines = code.explanation.split(separator: "\n", omittingEmptySubsequences: false)
    let written = lines.filter { !$0.isEmpty }
    #expect((4...24).contains(written.count), "\(written.count) lines")
    for line in lines {
      #expect(line.count <= 80, "\(line)")
      #expect(line.last?.isWhitespace != true, "\(line)")
      #expect(line.unicodeScalars.allSatisfy { (0x20..<0x7F).contains($0.value) }, "\(line)")
    }
  }

  @Test(arguments: DiagnosticCode.allCases)
  func partsAreSentences(_ code: DiagnosticCode) {
    let details = code.details
    #expect(details.meaning.first?.isUppercase == true || details.meaning.first == "`")
    #expect(!details.remedy.isEmpty)
    #expect(code.explanation.hasPrefix(details.meaning))
    #expect(code.explanation.hasSuffix(details.remedy))
  }

  @Test func anExplanationIsItsPartsIndented() {
    #expect(
      DiagnosticCode.duplicateKey.explanation == """
        A mapping has the same key twice. YAML itself would let the last one win in
        silence, which hides mistakes.

            input: 3x32x32
            network: conv(16, 3) - relu
            input: 3x64x64

        What cnnc says of it:
            `input` is there already, in line 1

        Keep one of the two.
        """)
  }
}
