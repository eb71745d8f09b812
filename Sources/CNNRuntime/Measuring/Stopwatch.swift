#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Times something that can be done any number of times, until its median is known.
package struct Stopwatch: Sendable {
  /// Seconds of warming up, at least one run; a long one is not repeated for it.
  package var warmUpSeconds = 0.1
  /// Samples and seconds that there are at least.
  package var leastSamples = 10
  package var leastSeconds = 0.5
  /// Seconds after which no other sample begins, settled or not.
  package var mostSeconds = 10.0
  /// How far the medians of both halves of the samples may be apart, as a share.
  package var tolerance = 0.01
  /// Seconds that a sample takes at least: shorter runs are timed in groups, so that the clock's own cost
  /// does not show.
  package var groupSeconds = 100e-6
  /// Seconds since some moment.
  package var now: @Sendable () -> Double = Self.monotonicSeconds

  package init() {}

  /// What was measured.
  package struct Timing: Sendable {
    /// Seconds of one run each, in the order in which they were taken: a group's mean.
    package var samples: [Double]
    /// Runs of a sample.
    package var group: Int
    /// Whether the median had settled before the time was up.
    package var isStable: Bool

    package init(samples: [Double], group: Int, isStable: Bool) {
      self.samples = samples
      self.group = group
      self.isStable = isStable
    }

    package var runs: Int { samples.count * group }
    package var statistics: SampleStatistics { SampleStatistics(samples) }
  }

  /// Warms up, then runs until the median has settled or the time is up.
  package func time<Failure: Error>(_ run: () throws(Failure) -> Void) throws(Failure) -> Timing {
    let fastest = try warmUp(run)
    let group = max(1, Int((groupSeconds / max(fastest, 1e-9)).rounded(.up)))
    var samples: [Double] = []
    var check = leastSamples
    let start = now()
    while true {
      let begin = now()
      for _ in 0..<group { try run() }
      let end = now()
      samples.append((end - begin) / Double(group))
      if end - start >= mostSeconds {
        let isStable = samples.count >= leastSamples && isStable(samples)
        return Timing(samples: samples, group: group, isStable: isStable)
      }
      guard samples.count >= check, end - start >= leastSeconds else { continue }
      if isStable(samples) { return Timing(samples: samples, group: group, isStable: true) }
      // Sorting is work, too: it is not done after each run.
      check = samples.count + samples.count / 4 + 1
    }
  }

  private func isStable(_ samples: [Double]) -> Bool {
    SampleStatistics.areStable(samples, tolerance: tolerance)
  }

  /// Runs until caches, branches and clock rates have had their time; returns the fastest run's seconds.
  private func warmUp<Failure: Error>(_ run: () throws(Failure) -> Void) throws(Failure) -> Double {
    let start = now()
    var fastest = Double.infinity
    while true {
      let begin = now()
      try run()
      let end = now()
      fastest = min(fastest, end - begin)
      if end - start >= warmUpSeconds { return fastest }
    }
  }

  package static let monotonicSeconds: @Sendable () -> Double = {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}
