/// What is told of a list of measurements of one thing.
package struct SampleStatistics: Hashable, Sendable {
  /// Ascending.
  private let sorted: [Double]

  /// - Parameter samples: at least one, in any order.
  package init(_ samples: some Sequence<Double>) {
    sorted = samples.sorted()
    precondition(!sorted.isEmpty, "nothing was measured")
  }

  package var count: Int { sorted.count }
  package var minimum: Double { sorted[0] }

  /// The middle one; the mean of the two middle ones where there are two.
  package var median: Double {
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  }

  /// The smallest sample that is not exceeded by this share of them, the nearest rank: of fewer than a hundred,
  /// the 99th percentile is the largest.
  /// - Parameter share: 0...1
  package func percentile(_ share: Double) -> Double {
    precondition((0...1).contains(share), "a share")
    // 0.07 * 100 is a little more than 7, and not of the next rank.
    let rank = (share * Double(sorted.count) - 1e-9).rounded(.up)
    return sorted[min(max(Int(rank), 1), sorted.count) - 1]
  }

  /// Whether measurements, in the order in which they were taken, have settled: the medians of both halves
  /// differ by at most a share of the smaller one.
  package static func areStable(_ samples: [Double], tolerance: Double) -> Bool {
    guard samples.count >= 2 else { return false }
    let halves = [samples[..<(samples.count / 2)], samples[(samples.count / 2)...]]
    let medians = halves.map { SampleStatistics($0).median }.sorted()
    return medians[1] - medians[0] <= tolerance * medians[0]
  }
}
