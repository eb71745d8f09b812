import Testing

@testable import CNNTrain

struct DataRandomTests {
  /// How often each of `bins` numbers was drawn, and whether that is within five deviations of equal shares.
  static func isUniform(_ counts: [Int]) -> Bool {
    let mean = Double(counts.reduce(0, +)) / Double(counts.count)
    return counts.allSatisfy { abs(Double($0) - mean) < 5 * mean.squareRoot() }
  }

  @Test(arguments: [1, 2, 3, 7, 10, 64]) func `below a bound every number is as likely`(bound: Int) {
    var random = DataRandom(.order, seed: 3)
    var counts = [Int](repeating: 0, count: bound)
    for _ in 0..<1000 * bound { counts[random.below(bound)] += 1 }
    #expect(Self.isUniform(counts), "\(counts)")
  }

  @Test func `a bound that does not divide 2^64 is no heavier at its start`() {
    // Of 3 * 2^62 numbers, a plain remainder would return the first third twice as often.
    var random = DataRandom(.order, seed: 4)
    var counts = [0, 0, 0]
    for _ in 0..<3000 { counts[random.below(3 << 61) >> 61] += 1 }
    #expect(Self.isUniform(counts), "\(counts)")
  }

  @Test func `ranges have both ends, fractions lie below 1`() {
    var random = DataRandom(.heldOut, seed: 5)
    #expect(Set((0..<200).map { _ in random.number(in: -2...2) }) == [-2, -1, 0, 1, 2])
    #expect((0..<1000).allSatisfy { _ in (0..<1).contains(random.unit()) })
  }

  @Test func `use, seed, epoch and image make sequences of their own`() {
    var sequences: Set<[UInt64]> = []
    for use in [DataRandom.Use.order, .heldOut, .augmentation(0), .augmentation(1)] {
      for (seed, epoch, image) in [(1, 0, 0), (2, 0, 0), (1, 1, 0), (1, 0, 1)] {
        var random = DataRandom(use, seed: UInt64(seed), epoch: epoch, image: image)
        var again = random
        let numbers = (0..<4).map { _ in random.bits() }
        #expect(numbers == (0..<4).map { _ in again.bits() })
        sequences.insert(numbers)
      }
    }
    #expect(sequences.count == 16)
    #expect(Set(sequences.flatMap { $0 }).count == 64, "no number comes twice")
  }

  @Test func `all orders of four are as likely`() {
    var counts: [[Int]: Int] = [:]
    for epoch in 0..<4800 {
      counts[EpochOrder(indices: [0, 1, 2, 3], seed: 1)(epoch: epoch), default: 0] += 1
    }
    #expect(counts.count == 24 && Self.isUniform(Array(counts.values)), "\(counts.values.sorted())")
  }
}
