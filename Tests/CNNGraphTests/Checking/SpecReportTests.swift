import CNNSpec
import Testing

@testable import CNNGraph

struct SpecReportTests {
  @Test func `what is wrong with the text is reported`() {
    #expect(CheckedSpec(yaml: "input: [1").diagnostics.map(\.code) == [.yamlSyntax])
    #expect(CheckedSpec(yaml: "").diagnostics.map(\.code) == [.emptySpec])
    #expect(CheckedSpec(yaml: "input: 1x4x4").diagnostics.map(\.code) == [.missingKey])
    let key = CheckedSpec(yaml: "input: 1x4x4\nnetwerk: relu\nnetwork: conv(1, 3)")
    #expect(key.diagnostics.map(\.code) == [.unknownKey])
    #expect(!key.report.isOK)
    #expect(key.network?.layers.count == 1, "the rest is checked all the same")
  }

  @Test func `errors of the text and of the shapes come together, each once, in the text's order`() {
    let spec = CheckedSpec(yaml: "input: 1x4x4\nnetwerk: relu\nnetwork: conv(1, 3, stride=2) - foo")
    #expect(spec.diagnostics.map(\.code) == [.unknownKey, .windowDoesNotFit, .unknownKind])
  }

  static let family = """
    input: 3x16x16
    network: "[(CONV)*N-POOL]*M"
    where: {N: 1..2, M: 3..5, CONV: {filters: 2, kernel: 3, pad: 1}, POOL: 2}
    """

  @Test func `a family's members, the first axis slowest`() {
    let report = CheckedSpec(yaml: Self.family).report
    #expect(report.isFamily && report.isOK)
    #expect(
      report.members.map { $0.values.map(\.value) } == [[1, 3], [1, 4], [1, 5], [2, 3], [2, 4], [2, 5]])
    #expect(report.members.map(\.isOK) == [true, true, false, true, true, false])
    #expect(report.members[2].diagnostics.map(\.code) == [.windowTooLarge])
    #expect(report.diagnostics == [])
    #expect(report.allDiagnostics == [], "members keep theirs")
  }

  @Test func `values choose a smaller family, or one member`() throws {
    let smaller = CheckedSpec(yaml: Self.family, where: [("M", 4)]).report
    #expect(smaller.isFamily && smaller.members.count == 2)
    let one = CheckedSpec(yaml: Self.family, where: [("M", 4), ("N", 2)]).report
    #expect(!one.isFamily)
    #expect(try one.single().network.layers.count == 12)
    #expect(throws: Diagnostics.self) { try smaller.single() }
    let outside = CheckedSpec(yaml: Self.family, where: [("M", 9)])
    #expect(outside.messages == ["`--where M=9` is outside of 3..5"])
    let unknown = CheckedSpec(yaml: Self.family, where: [("K", 9)])
    #expect(unknown.messages == ["`--where K=9` sets what the spec's `where` does not have"])
  }

  @Test func `a spec that asks for a size is checked at the first that fits`() {
    let spec = CheckedSpec("3x?x?", "conv(8, 11, stride=4) - maxpool(3, stride=2)")
    #expect(spec.network?.input == Shape(3, 19, 19))
    do throws(Diagnostics) {
      _ = try spec.report.single()
      Issue.record("a size has to be chosen")
    } catch {
      #expect(error.all.map(\.message) == ["the input's size is a question: give one"])
      #expect(error.all.first?.help == ["sizes that fit: 19 to 1019 in steps of 8"])
    }
  }

  @Test func `a wrong spec throws everything, a good one hands out its notes`() throws {
    do throws(Diagnostics) {
      _ = try CheckedSpec(yaml: "input: 1x4x4\nnetwerk: relu\nnetwork: conv(1, 9)").report.single()
      Issue.record("nothing was thrown")
    } catch {
      #expect(error.all.map(\.code) == [.unknownKey, .windowTooLarge])
    }
    let notes = try CheckedSpec("1x4x4", "conv(1, 3, stride=2, rounding=floor)").report.single().notes
    #expect(notes.map(\.code) == [.unreadBorder])
  }
}
