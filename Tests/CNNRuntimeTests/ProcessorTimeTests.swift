#if os(Linux)
  import CAffinity
  import CNNGraph
  import CNNPlan
  import CNNTestSupport
  import Glibc
  import Testing

  @testable import CNNRuntime

  /// Which cores runs keep busy, and for how long, each in a process of its own.
  struct ProcessorTimeTests {
    @Test func `a run with one thread keeps one core busy`() async {
      await #expect(processExitsWith: .success) {
        let runs = try Runs(threads: 1)
        let (start, busy) = (Runs.seconds(CLOCK_MONOTONIC), Runs.seconds(CLOCK_PROCESS_CPUTIME_ID))
        while Runs.seconds(CLOCK_MONOTONIC) - start < 0.3 { runs.run() }
        let (wall, processor) = (
          Runs.seconds(CLOCK_MONOTONIC) - start, Runs.seconds(CLOCK_PROCESS_CPUTIME_ID) - busy
        )
        #expect(processor <= 1.1 * wall)
      }
    }

    @Test(arguments: [1, 2, 5]) func `a session that waits takes no time`(threads: Int) async {
      await #expect(processExitsWith: .success) { [threads] in
        let runs = try Runs(threads: threads)
        runs.run()
        let busy = Runs.seconds(CLOCK_PROCESS_CPUTIME_ID)
        usleep(300_000)
        #expect(Runs.seconds(CLOCK_PROCESS_CPUTIME_ID) - busy < 0.02)
      }
    }

    /// Threads that are taken for being on cores of their own, and are not, where the affinity changes afterwards.
    @Test(arguments: [true, false])
    func `two threads on one core are not much slower than one`(isSetBefore: Bool) async {
      await #expect(processExitsWith: .success) { [isSetBefore] in
        if isSetBefore { #expect(cnn_use_one_core() == 0) }
        let (one, two) = (try Runs(threads: 1), try Runs(threads: 2))
        if !isSetBefore { #expect(cnn_use_one_core() == 0) }
        #expect(
          eventually {
            let times = (0..<20).map { _ in (one.timed(), two.timed()) }
            return times.map(\.1).min()! <= 4 * times.map(\.0).min()!
          })
      }
    }
  }

  /// A network that several threads compute.
  private final class Runs {
    private var session: Session

    init(threads: Int) throws {
      let (plan, weights) = try SessionTests.bound(batch: 512)
      session = try Session(plan, weights: weights, pool: threads == 1 ? nil : ThreadPool(threads: threads))
    }

    func run() { session.run() }

    func timed() -> Double {
      let start = Self.seconds(CLOCK_MONOTONIC)
      session.run()
      return Self.seconds(CLOCK_MONOTONIC) - start
    }

    static func seconds(_ clock: clockid_t) -> Double {
      var time = timespec()
      clock_gettime(clock, &time)
      return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
  }
#endif
