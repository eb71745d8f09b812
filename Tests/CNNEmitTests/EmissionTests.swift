import CNNPlan
import CNNSpec
import Testing

@testable import CNNEmit

struct EmissionTests {
  /// 288 KiB of weights, four times as much for Winograd's algorithm.
  private static let packed = "input: 64x32x32\nnetwork: conv(128, 3x3, pad=1)"

  private func emission(
    _ text: String, _ language: TargetLanguage, weights: Bool = true, batch: Int = 1
  ) throws -> Emission {
    try EmissionFixture.emission(text, weights: weights) {
      $0 = Emission.Options(language)
      $0.batch = batch
    }
  }

  @Test func `weights go into the source up to 1 MiB of what is written`() throws {
    let (swift, c) = (try emission(Self.packed, .swift), try emission(Self.packed, .c))
    #expect(swift.plan.parameterBytes == 4 * (128 * 64 * 9 + 128))
    #expect(CWeights(c.plan, read: nil).bytes > 1 << 20, "Winograd's algorithm is taken")
    #expect(swift.weightsPlace == .source)
    #expect(c.weightsPlace == .file)
  }

  // A fully connected layer's weights are read as they are: 15 and a bias for each of 2^14 units are 2^20 bytes.
  @Test(
    arguments: [TargetLanguage.swift, .c], [(1 << 14, Emission.WeightsPlace.source), (1 << 14 + 1, .file)])
  func `1 MiB is the limit`(language: TargetLanguage, limit: (units: Int, place: Emission.WeightsPlace))
    throws
  {
    let emission = try emission("input: 15x1x1\nnetwork: fc(\(limit.units))", language)
    #expect(emission.weightsPlace == limit.place)
  }

  @Test func `without weights, they come from a file`() throws {
    for language in TargetLanguage.allCases {
      #expect(try emission("input: 1x2x2\nnetwork: fc(1)", language, weights: false).weightsPlace == .file)
    }
  }

  @Test func `less than one image is refused`() throws {
    let error = try #require(throws: Diagnostics.self) {
      try emission("input: 1x2x2\nnetwork: fc(1)", .c, batch: 0)
    }
    #expect(error.all.map(\.message) == ["a batch has at least one image, not 0"])
  }

  @Test(arguments: TargetLanguage.allCases)
  func `an arena that small machines have no addresses for is told, one that none has is refused`(
    language: TargetLanguage
  ) throws {
    let text = "input: 3x1x1\nnetwork: fc(2)"
    #expect(try emission(text, language, batch: 1_000_000).notes.isEmpty)
    let large = try emission(text, language, batch: 1_000_000_000)
    #expect(large.plan.arenaBytes > Int32.max)
    #expect(large.notes.map(\.severity) == [.note])
    #expect(
      large.notes.map(\.message) == [
        "a run of 1000000000 images takes \(large.plan.arenaBytes) bytes of memory in one piece"
      ])
    let error = try #require(throws: Diagnostics.self) { try emission(text, language, batch: 1 << 45) }
    #expect(error.all.map(\.code) == [.memoryLimit])
  }
}
