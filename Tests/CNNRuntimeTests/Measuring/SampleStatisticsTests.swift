import Testing

@testable import CNNRuntime

struct SampleStatisticsTests {
  @Test(
    arguments: [
      ([3.0], 3.0), ([4, 2], 3), ([5, 1, 3], 3), ([9, 1, 3, 2], 2.5), ([2, 2, 2, 9, 2], 2),
    ] as [([Double], Double)]) func `the median of samples in any order`(samples: [Double], median: Double)
  {
    for _ in 0..<5 { #expect(SampleStatistics(samples.shuffled()).median == median) }
  }

  /// Of 1...count.
  @Test(
    arguments: [
      (100, 0.99, 99.0), (100, 1, 100), (100, 0, 1), (100, 0.07, 7), (1000, 0.99, 990), (99, 0.99, 99),
      (10, 0.99, 10), (10, 0.5, 5), (1, 0.99, 1), (200, 0.991, 199),
    ] as [(Int, Double, Double)]) func `percentiles are the nearest ranks`(
      count: Int, share: Double, value: Double
    )
  {
    #expect(SampleStatistics((1...count).map(Double.init).shuffled()).percentile(share) == value)
  }

  @Test func `the minimum, the median and the percentiles are in order`() {
    for count in 1...40 {
      let samples = (0..<count).map { _ in Double.random(in: 0..<1) }
      let statistics = SampleStatistics(samples)
      #expect(statistics.count == count && samples.contains(statistics.minimum))
      let found = [statistics.minimum, statistics.percentile(0.25), statistics.percentile(0.99)]
      #expect(found == found.sorted() && found.allSatisfy(samples.contains))
      #expect(statistics.minimum <= statistics.median && statistics.median <= statistics.percentile(1))
    }
  }

  @Test(
    arguments: [
      ([], false), ([1], false), ([1, 1], true), ([1, 1.009], true), ([1.009, 1], true), ([1, 1.02], false),
      ([1.02, 1], false), ([1, 50, 1, 1, 60, 1], true), ([2, 2, 2, 1, 1, 1], false),
    ] as [([Double], Bool)]) func `settled is what both halves agree on`(samples: [Double], isStable: Bool)
  {
    #expect(SampleStatistics.areStable(samples, tolerance: 0.01) == isStable)
  }
}
