#if os(Linux)
  import CNNGraph
  import CNNKernels
  import CNNSpec
  import CNNTestSupport
  import CSystemCallCounter
  import Glibc
  import Testing

  @testable import CNNRuntime

  /// What runs ask of the system, each in a process of its own.
  struct SystemCallTests {
    static var hasTwoCores: Bool { Machine.availableCores >= 2 }

    @Test func `a run with one thread calls the system for nothing`() async {
      await #expect(processExitsWith: .success) {
        let (plan, weights) = try SessionTests.bound(batch: 4)
        var session = try Session(plan, weights: weights)
        let images = KernelChecker.numbers(3, 4 * 192)
        var scores = [Float](repeating: 0, count: 40)
        var target = scores.mutableSpan
        session.run(images.span, into: &target)
        try #require(cnn_count_system_calls() == 0)
        let before = cnn_own_system_call_count()
        for _ in 0..<100 { session.run(images.span, into: &target) }
        let calls = cnn_own_system_call_count() - before
        #expect(calls == 0)
        usleep(1)
        #expect(cnn_own_system_call_count() > before, "the counter counts")
      }
    }

    /// Another process may take a core away, so one run of many has to be quiet.
    @Test(.enabled(if: hasTwoCores))
    func `between first and last kernel of a run no thread calls the system`() async {
      await #expect(processExitsWith: .success) {
        let pool = try ThreadPool(threads: 2)
        let program = MarkedProgram()
        program.run(on: pool)
        try #require(cnn_count_system_calls() == 0)
        #expect(
          eventually {
            program.run(on: pool)
            return program.counts[1] == program.counts[0]
          })
      }
    }

    @Test(.enabled(if: hasTwoCores))
    func `a run after a rest wakes its threads before the first kernel`() async {
      await #expect(processExitsWith: .success) {
        let pool = try ThreadPool(threads: 2)
        let program = MarkedProgram()
        try #require(cnn_count_system_calls() == 0)
        #expect(
          eventually {
            usleep(2000)
            let before = cnn_own_system_call_count()
            program.run(on: pool)
            return program.ownCounts[0] > before && program.ownCounts[1] == program.ownCounts[0]
          })
      }
    }
  }

  /// Calls of all sorts: shared ones whose units take as long and much longer than others, one for the caller alone that
  /// is longer than any thread spins otherwise, one for which both threads have to be there; and what counts system
  /// calls, before and behind them.
  private final class MarkedProgram: @unchecked Sendable {
    /// System calls of the process when the first call began and when the last one did, and the caller's own.
    var counts: [Int64] { [marks[0], marks[1]] }
    var ownCounts: [Int64] { [marks[2], marks[3]] }

    private let marks = UnsafeMutablePointer<Int64>.allocate(capacity: 4)
    private let arrivals = UnsafeMutablePointer<Int64>.allocate(capacity: 1)
    /// Nanoseconds of each unit of a call.
    private let units: [UnsafeMutableBufferPointer<Int64>]
    private let limit = UnsafeMutablePointer<cnn_limit_parameters>.allocate(capacity: 1)
    private var calls: [cnn_call] = []

    init() {
      let nanoseconds: [[Int64]] = [
        [Int64](repeating: 5000, count: 8), [300_000] + [Int64](repeating: 20_000, count: 7), [250_000],
        [Int64](repeating: 30_000, count: 3), [400_000, 1000],
      ]
      units = nanoseconds.map {
        let buffer = UnsafeMutableBufferPointer<Int64>.allocate(capacity: $0.count)
        _ = buffer.initialize(from: $0)
        return buffer
      }
      marks.initialize(repeating: 0, count: 4)
      arrivals.initialize(to: 0)
      limit.initialize(to: cnn_limit_parameters(rounds: 1, count: 2, stride: 0))
      let mark: cnn_kernel = { operands, _, _, _ in
        guard let place = operands?[0]?.assumingMemoryBound(to: Int64.self) else { return }
        place[0] = cnn_system_call_count()
        place[2] = cnn_own_system_call_count()
      }
      let spend: cnn_kernel = { _, parameters, first, end in
        guard let units = parameters?.assumingMemoryBound(to: Int64.self) else { return }
        for unit in Int(first)..<Int(end) {
          let start = MarkedProgram.now()
          while MarkedProgram.now() - start < units[unit] {}
        }
      }
      add(mark, nil, marks, units: 1, work: 100)
      for unit in units {
        add(spend, unit.baseAddress, nil, units: unit.count, work: Int(unit.reduce(0, +)))
      }
      add(cnn_limit_meeting, limit, arrivals, units: 2, work: 30_000)
      add(mark, nil, marks + 1, units: 1, work: 100)
    }

    deinit {
      for unit in units { unit.deallocate() }
      marks.deallocate()
      arrivals.deallocate()
      limit.deallocate()
    }

    func run(on pool: ThreadPool) { cnn_execute(pool.pool, calls, Int64(calls.count)) }

    private func add(
      _ kernel: cnn_kernel, _ parameters: UnsafeRawPointer?, _ operand: UnsafeMutablePointer<Int64>?,
      units: Int, work: Int
    ) {
      var call = cnn_call()
      call.kernel = kernel
      call.parameters = parameters
      call.operands.0 = operand.map { UnsafeMutableRawPointer($0) }
      call.split = cnn_split(units: Int64(units), work: Int64(work))
      calls.append(call)
    }

    private static func now() -> Int64 {
      var time = timespec()
      clock_gettime(CLOCK_MONOTONIC, &time)
      return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
  }
#endif
