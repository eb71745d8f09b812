import CNNSpec
import Testing

struct FamilyTests {
  static func family(_ entries: String) throws -> Family {
    Family(try #require(reading("[(CONV-RELU)*N-POOL]*M", "where: {CONV: 1, POOL: 2, \(entries)}").spec))
  }

  @Test func `ranges, also in nested entries, make members`() throws {
    let family = try Self.family("N: 1..2, M: [3, 4..5], c: {filters: 7..7}")
    #expect(family.axes.map(\.name) == ["N", "M.1", "c.filters"])
    var diagnostics = DiagnosticCollector()
    let members = try #require(family.members(&diagnostics))
    #expect(members.map { $0.map(\.value) } == [[1, 4, 7], [1, 5, 7], [2, 4, 7], [2, 5, 7]])
    #expect(Family(family.fixing(members[0])).axes.isEmpty)
    #expect(Family(family.fixing([("N", 1)])).axes.map(\.name) == ["M.1", "c.filters"])
  }

  @Test func `fixing sets entries, parts of them, and lists as a whole`() throws {
    let family = try Self.family("N: 1, M: [1, 1], c: {filters: 1..2}")
    var diagnostics = DiagnosticCollector()
    let values: Family.Member = [("N", 2), ("M", 2), ("c.filters", 2)]
    #expect(family.accepts(values, &diagnostics))
    #expect(diagnostics.all.isEmpty)
    let fixed = Family(family.fixing(values))
    #expect(fixed.axes.isEmpty)
    #expect(Expander.expand(fixed.spec, &diagnostics).layers.count == 10)
  }

  @Test(arguments: [
    ("N", 3, "2:1: `--where N=3` is outside of 1..2"),
    ("n", 1, "`--where n=1` sets what the spec's `where` does not have"),
    ("c", 1, "`--where c=1` sets what the spec's `where` does not have"),
  ])
  func `what cannot be fixed`(name: String, value: Int, message: String) throws {
    let family = try Self.family("N: 1..2, M: 1, c: {filters: 1..2}")
    var diagnostics = DiagnosticCollector()
    #expect(!family.accepts([(name, value)], &diagnostics))
    #expect(diagnostics.all.first.map { message.hasSuffix($0.message) } == true)
  }

  @Test(arguments: [
    "N: 0..9223372036854775807", "N: 1..10001", "N: 1..101, M: 1..100", "N: 1..9223372036854775807, M: 1..2",
    (1...21).map { "n\($0): 1..1" }.joined(separator: ", "),
  ])
  func `too large a family`(entries: String) throws {
    var diagnostics = DiagnosticCollector()
    #expect(try Self.family(entries).members(&diagnostics) == nil)
    #expect(diagnostics.all.map(\.code) == [.familyLimit])
  }
}
