import CNNSpec
import Testing

@testable import CNN

struct RankingTests {
  private static func model(_ text: String) throws -> Model { try Model(text: text) }

  @Test func `best first, with labels, the first of equals first`() throws {
    let model = try Model(text: ModelTests.text)
    #expect(
      model.ranking(of: [0.25, 0.5, 0.25]) == [
        ScoredClass(index: 1, label: "dog", score: 0.5), ScoredClass(index: 0, label: "cat", score: 0.25),
        ScoredClass(index: 2, label: "bird", score: 0.25),
      ])
  }

  @Test func `as many as wanted, or as there are`() throws {
    let model = try Model(text: ModelTests.text)
    for (count, expected) in [(-1, 0), (0, 0), (1, 1), (3, 3), (9, 3)] {
      #expect(model.ranking(of: [0.1, 0.2, 0.7], top: count).count == expected)
    }
    #expect(model.ranking(of: []).isEmpty)
  }

  @Test func `one image of a batch`() throws {
    let scores: [Float] = [1, 0, 0, 0, 0, 1]
    #expect(try Model(text: ModelTests.text).ranking(of: scores[3...], top: 1).map(\.label) == ["bird"])
  }

  @Test func `what is no number comes last; without labels, numbers`() throws {
    let model = try Model(text: "input: 1x2x2\nnetwork: fc(3)")
    #expect(model.ranking(of: [.nan, -1, .infinity]).map(\.label) == ["2", "1", "0"])
  }

  @Test func `distances: the smallest is best`() throws {
    let model = try Model(contentsOf: Fixtures.spec("lenet5-1998"))
    #expect(model.ranking(of: [3, 1, 2], top: 2).map(\.index) == [1, 2])
  }
}
