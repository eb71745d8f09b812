import CNNONNX
import CNNSpec
import Testing

struct OperatorTableTests {
  /// The checkout's folder.
  static let root = #filePath.split(separator: "/").dropLast(3).reduce(into: "") { $0 += "/" + $1 }

  @Test func `the README has the table of operators`() throws {
    let readme = String(decoding: try FileSystem.read(Self.root + "/README.md"), as: UTF8.self)
    #expect(
      readme.contains("\n" + OperatorTable.markdown + "\n"), "it should hold:\n\(OperatorTable.markdown)")
  }

  @Test func `the explanation of what is refused names the opsets that are read`() {
    let sets = OperatorTable.operatorSets
    #expect(
      DiagnosticCode.unsupportedModel.explanation.contains(
        "opsets \(sets.lowerBound) to \(sets.upperBound) are"))
  }

  @Test func `each operator has one rule`() {
    let names = OperatorTable.all.map(\.name)
    #expect(Set(names).count == names.count)
  }
}
