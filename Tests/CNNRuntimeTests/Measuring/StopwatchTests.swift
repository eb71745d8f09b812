import CNNSpec
import Synchronization
import Testing

@testable import CNNRuntime

/// A clock that goes only when something is done.
private final class FakeClock: Sendable {
  private let seconds = Mutex(1000.0)

  func advance(_ amount: Double) { seconds.withLock { $0 += amount } }

  var stopwatch: Stopwatch {
    var stopwatch = Stopwatch()
    stopwatch.now = { self.seconds.withLock { $0 } }
    return stopwatch
  }
}

struct StopwatchTests {
  /// Times runs of which the n-th, from 0, takes so many seconds.
  private func time(
    _ change: (inout Stopwatch) -> Void = { _ in }, _ seconds: (Int) -> Double
  ) -> (timing: Stopwatch.Timing, runs: Int) {
    let clock = FakeClock()
    var stopwatch = clock.stopwatch
    change(&stopwatch)
    var runs = 0
    let timing = stopwatch.time {
      clock.advance(seconds(runs))
      runs += 1
    }
    return (timing, runs)
  }

  /// Seconds of a run, samples and runs in each.
  @Test(
    arguments: [
      // Ten samples take longer than half a second.
      (0.125, 10, 1), (0.25, 10, 1),
      // Half a second is more than ten samples.
      (1.0 / 64, 32, 1),
      // Ten seconds are fewer than ten samples.
      (2, 5, 1), (16, 1, 1),
    ] as [(Double, Int, Int)]) func `steady runs end as soon as they may`(
      seconds: Double, samples: Int, group: Int
    )
  {
    let (timing, runs) = time { _ in seconds }
    #expect(timing.samples == Array(repeating: seconds, count: samples) && timing.group == group)
    #expect(timing.isStable == (samples >= 10))
    #expect(timing.runs == samples * group && runs > timing.runs)
    // Warm for a tenth of a second, by one run where that is enough.
    #expect(runs - timing.runs == max(1, Int((0.1 / seconds).rounded(.up))))
  }

  @Test(arguments: [(1e-6, 100), (3e-6, 34), (1e-4, 1), (0.9e-4, 2)] as [(Double, Int)])
  func `short runs are timed in groups of a tenth of a millisecond`(seconds: Double, group: Int) {
    let timing = time { _ in seconds }.timing
    #expect(abs(timing.group - group) <= 1)
    #expect(timing.samples.allSatisfy { abs($0 - seconds) < seconds * 1e-3 })
    #expect(timing.isStable && timing.runs == timing.samples.count * timing.group)
    let single = time({ $0.groupSeconds = 0 }, { _ in seconds }).timing
    #expect(single.group == 1)
  }

  @Test func `runs that slow down are timed to the end, and it is told`() {
    let timing = time { run in 0.0625 * Double(1 + run / 2) }.timing
    #expect(!timing.isStable)
    #expect((10.0..<14).contains(timing.samples.reduce(0, +)))
  }

  @Test func `runs that settle late are timed until the first ones do not matter`() {
    let timing = time { run in run < 8 ? 0.0625 : 0.03125 }.timing
    #expect(timing.isStable && timing.statistics.median == 0.03125 && timing.samples.count > 20)
  }

  @Test func `what a run throws ends it`() {
    var runs = 0
    #expect(throws: Diagnostics.self) {
      _ = try FakeClock().stopwatch.time { () throws(Diagnostics) in
        runs += 1
        if runs == 3 { throw Diagnostics(Diagnostic(.invalidValue, "third", at: .none)) }
      }
    }
    #expect(runs == 3)
  }
}
