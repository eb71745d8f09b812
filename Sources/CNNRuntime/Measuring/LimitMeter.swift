import CNNKernels
import CNNPlan
import CNNSpec

/// Measures what an instruction set and some threads can do at most on this machine: the best of several
/// slices of a few milliseconds, since whatever else runs only takes away.
package final class LimitMeter {
  /// What bytes are moved for.
  package enum Transfer: CaseIterable, Sendable {
    case read, write, copy

    /// Operands, each of the loop's size.
    var operands: Int { self == .copy ? 2 : 1 }
  }

  package let isa: String
  private let loops: cnn_limit_loops
  private let pool: ThreadPool
  private let sliceSeconds = 4e-3
  /// Slices that there are at least, and the seconds after which there is no other one.
  private let leastSlices = 3
  private let mostSeconds = 0.2

  /// - Parameter isa: one of ``Machine/isas``.
  /// - Throws: `invalid-value` where the system refuses the threads.
  package init(isa: String, threads: Int) throws(Diagnostics) {
    guard let loops = cnn_limits_of(isa) else { preconditionFailure("this machine has no \(isa)") }
    self.isa = isa
    self.loops = loops.pointee
    pool = try ThreadPool(threads: threads)
  }

  package var threads: Int { pool.threads }

  /// Multiply-adds of single floats that all threads do in a second, with all numbers in registers.
  package func multiplyAddsPerSecond() -> Double {
    let perRound = Double(loops.multiply_adds) * Double(threads)
    return perRound * roundsPerSecond(loops.multiply_add, count: 0, stride: 0, operands: [])
  }

  /// Bytes that all threads read, write, or read and write in a second.
  /// - Parameter bytes: of memory that each thread goes through again and again, a copy's both halves together.
  /// - Throws: `memory-limit` where this machine has not as much.
  package func bytesPerSecond(_ transfer: Transfer, bytes: Int) throws(Diagnostics) -> Double {
    let width = MemoryLayout<Float>.stride
    let step = Int(loops.granularity)
    let count = max(bytes / transfer.operands / width / step, 1) * step
    let memory = try Arena(bytes: count * width * transfer.operands * threads, for: "measuring bandwidth")
    let start = memory.address.pointer
    let operands = (0..<transfer.operands).map { start + $0 * count * width * threads }
    let loop =
      switch transfer {
      case .read: loops.read
      case .write: loops.write
      case .copy: loops.copy
      }
    let rounds = roundsPerSecond(loop, count: count, stride: count, operands: operands)
    return withExtendedLifetime(memory) {
      rounds * Double(count * width * transfer.operands) * Double(threads)
    }
  }

  /// Seconds that dividing a call among the threads and waiting for all of them takes, in the midst of a run,
  /// when none of them sleeps.
  package func forkJoinSeconds() -> Double {
    // Few, so that some slices are not interrupted.
    let calls = 20
    let arrived = UnsafeMutablePointer<Int64>.allocate(capacity: 1)
    arrived.initialize(to: 0)
    defer { arrived.deallocate() }
    let call = call(
      cnn_limit_meeting, rounds: 0, count: threads, stride: 0, operands: [UnsafeMutableRawPointer(arrived)])
    defer { call.parameters.deallocate() }
    let program = [cnn_call](repeating: call.record, count: calls)
    let seconds = best(ofAtMost: 1000) {
      program.withUnsafeBufferPointer { cnn_execute(pool.pool, $0.baseAddress, Int64(calls)) }
    }
    return seconds / Double(calls)
  }

  /// Rounds of a loop that each thread does in a second, as many as make a slice at a time.
  private func roundsPerSecond(
    _ loop: cnn_kernel?, count: Int, stride: Int, operands: [UnsafeMutableRawPointer]
  ) -> Double {
    let call = call(loop, rounds: 1, count: count, stride: stride, operands: operands)
    defer { call.parameters.deallocate() }
    func run() { withUnsafePointer(to: call.record) { cnn_execute(pool.pool, $0, 1) } }
    // The first run wakes threads and touches memory.
    run()
    while Self.seconds(run) < sliceSeconds, call.parameters.pointee.rounds < 1 << 40 {
      call.parameters.pointee.rounds *= 2
    }
    return Double(call.parameters.pointee.rounds) / best(run)
  }

  /// The seconds of the fastest of several runs.
  private func best(ofAtMost slices: Int = 12, _ run: () -> Void) -> Double {
    var (best, total) = (Double.infinity, 0.0)
    for slice in 1...slices {
      let seconds = Self.seconds(run)
      best = min(best, seconds)
      total += seconds
      if slice >= leastSlices, total >= mostSeconds { break }
    }
    return best
  }

  private static func seconds(_ run: () -> Void) -> Double {
    let begin = Stopwatch.monotonicSeconds()
    run()
    return max(Stopwatch.monotonicSeconds() - begin, 1e-9)
  }

  /// A call with one unit a thread, whose parameters may be changed between runs and belong to the caller.
  private func call(
    _ loop: cnn_kernel?, rounds: Int, count: Int, stride: Int, operands: [UnsafeMutableRawPointer]
  ) -> (record: cnn_call, parameters: UnsafeMutablePointer<cnn_limit_parameters>) {
    let parameters = UnsafeMutablePointer<cnn_limit_parameters>.allocate(capacity: 1)
    parameters.initialize(to: .init(rounds: Int64(rounds), count: Int64(count), stride: Int64(stride)))
    var record = cnn_call()
    record.kernel = loop
    record.parameters = UnsafeRawPointer(parameters)
    withUnsafeMutableBytes(of: &record.operands) { bytes in
      let slots = bytes.bindMemory(to: UnsafeMutableRawPointer?.self)
      for (slot, operand) in operands.enumerated() { slots[slot] = operand }
    }
    // Always worth dividing, and waking others for.
    record.split = cnn_split(units: Int64(threads), work: 1 << 40)
    return (record, parameters)
  }
}
