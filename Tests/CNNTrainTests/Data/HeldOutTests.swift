import Testing

@testable import CNNTrain

struct HeldOutTests {
  /// Labels of classes with so many images each, mixed.
  static func labels(_ counts: [Int]) -> [Int] {
    var labels = counts.enumerated().flatMap { Array(repeating: $0.offset, count: $0.element) }
    var random = DataRandom(.order, seed: 77)
    random.shuffle(&labels)
    return labels
  }

  static func counts(_ indices: [Int], _ labels: [Int], classes: Int) -> [Int] {
    indices.reduce(into: [Int](repeating: 0, count: classes)) { $0[labels[$1]] += 1 }
  }

  @Test(
    arguments: [
      ([100, 200, 50], 0.1, [10, 20, 5]), ([100, 200, 50], 0.5, [50, 100, 25]), ([30, 30], 0.1, [3, 3]),
      ([10, 0, 10], 0.999, [9, 0, 9]), ([1, 1, 8], 0.5, [0, 0, 5]), ([4, 4], 0, [0, 0]),
      ([100], 0.29, [29]), ([], 0.5, []),
    ] as [([Int], Double, [Int])])
  func `each class keeps its share`(counts: [Int], share: Double, held: [Int]) {
    let labels = Self.labels(counts)
    let split = HeldOut(labels: labels, share: share, seed: 1)
    #expect(Self.counts(split.validation, labels, classes: counts.count) == held)
    #expect((split.training + split.validation).sorted() == Array(labels.indices))
    #expect(split.training == split.training.sorted() && split.validation == split.validation.sorted())
  }

  @Test func `what single classes lose by rounding the whole gets back`() {
    let labels = Self.labels(Array(repeating: 3, count: 200))
    for share in [0.1, 0.25, 0.5, 0.9] {
      let split = HeldOut(labels: labels, share: share, seed: 5)
      let held = Self.counts(split.validation, labels, classes: 200)
      let most = min(share, 2.0 / 3)
      #expect(split.validation.count == Int((600 * most).rounded()), "share \(share)")
      #expect(held.allSatisfy { abs(Double($0) - 3 * share) < 1.0 + 1e-9 && $0 < 3 }, "share \(share)")
    }
  }

  @Test func `the seed decides, and every image has its chance`() {
    let labels = Self.labels([10, 20])
    #expect(HeldOut(labels: labels, share: 0.2, seed: 3) == HeldOut(labels: labels, share: 0.2, seed: 3))
    var times = [Int](repeating: 0, count: 30)
    for seed in 0..<2000 {
      for index in HeldOut(labels: labels, share: 0.2, seed: UInt64(seed)).validation { times[index] += 1 }
    }
    #expect(DataRandomTests.isUniform(times), "\(times)")
  }
}
