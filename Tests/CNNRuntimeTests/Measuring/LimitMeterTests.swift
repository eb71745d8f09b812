import CNNKernels
import CNNSpec
import Testing

@testable import CNNRuntime

/// The loops that measure: whether they do what is counted. How fast they are is no matter of tests.
struct LimitMeterTests {
  /// Runs a loop's units 1 and 2 on memory of 4 units, each operand filled with numbers of its own.
  private func run(
    _ loop: cnn_kernel?, _ isa: String, operands: Int, rounds: Int64 = 2
  ) throws -> (before: [[Float]], after: [[Float]], count: Int) {
    let limits = try #require(cnn_limits_of(isa)).pointee
    let count = Int(limits.granularity) * 3
    let stride = count + 5
    let before = (0..<operands).map { operand in
      (0..<4 * stride).map { Float($0 + 1000 * (operand + 1)) }
    }
    var memory = before[0]
    var other = before.count > 1 ? before[1] : []
    var parameters = cnn_limit_parameters(rounds: rounds, count: Int64(count), stride: Int64(stride))
    func call(_ pointers: [UnsafeMutableRawPointer?]) {
      pointers.withUnsafeBufferPointer { loop?($0.baseAddress, &parameters, 1, 3) }
    }
    memory.withUnsafeMutableBytes { first in
      other.withUnsafeMutableBytes { second in call([first.baseAddress, second.baseAddress]) }
    }
    return (before, operands == 1 ? [memory] : [memory, other], count)
  }

  @Test(arguments: Machine.isas) func `loops touch what their units have, and nothing else`(isa: String)
    throws
  {
    let loops = try #require(cnn_limits_of(isa)).pointee
    #expect(loops.multiply_adds > 0 && loops.granularity > 0)
    let read = try run(loops.read, isa, operands: 1)
    #expect(read.before == read.after)
    let (before, written, count) = try run(loops.write, isa, operands: 1)
    let stride = count + 5
    for index in before[0].indices {
      let isOwn = (1..<3).contains(index / stride) && index % stride < count
      #expect(written[0][index] == (isOwn ? 0 : before[0][index]), "\(index)")
    }
    let copied = try run(loops.copy, isa, operands: 2)
    #expect(copied.after[1] == copied.before[1])
    for index in before[0].indices {
      let isOwn = (1..<3).contains(index / stride) && index % stride < count
      #expect(copied.after[0][index] == copied.before[isOwn ? 1 : 0][index], "\(index)")
    }
    let none = try run(loops.copy, isa, operands: 2, rounds: 0)
    #expect(none.after == none.before)
  }

  @Test func `there are no loops for what the machine has not`() {
    #expect(cnn_limits_of("z80") == nil)
    for isa in Machine.isas { #expect(cnn_limits_of(isa) != nil) }
  }

  @Test(arguments: [1, 2]) func `all rates are numbers`(threads: Int) throws {
    let meter = try LimitMeter(isa: Machine.isa, threads: threads)
    #expect(meter.threads == threads)
    var rates = [meter.multiplyAddsPerSecond()]
    for transfer in LimitMeter.Transfer.allCases {
      // Less than one turn of a loop is one.
      for bytes in [1, 1 << 14] { rates.append(try meter.bytesPerSecond(transfer, bytes: bytes)) }
    }
    #expect(rates.allSatisfy { $0.isFinite && $0 > 0 }, "\(rates)")
    #expect(meter.forkJoinSeconds() > 0)
  }

  @Test func `memory beyond the machine's and threads beyond the system's are refused`() throws {
    let meter = try LimitMeter(isa: Machine.isas[0], threads: 1)
    #expect(throws: Diagnostics.self) { try meter.bytesPerSecond(.read, bytes: 1 << 60) }
    #expect(throws: Diagnostics.self) { try LimitMeter(isa: Machine.isas[0], threads: 1 << 20) }
    #expect(throws: Diagnostics.self) { try LimitMeter(isa: Machine.isas[0], threads: 0) }
  }

  @Test func `threads meet: each unit of a meeting is another thread's`() throws {
    let pool = try ThreadPool(threads: 3)
    var arrived: Int64 = 0
    var parameters = cnn_limit_parameters(rounds: 0, count: 3, stride: 0)
    withUnsafeMutablePointer(to: &arrived) { counter in
      withUnsafePointer(to: &parameters) { parameters in
        var call = cnn_call()
        call.kernel = cnn_limit_meeting
        call.parameters = UnsafeRawPointer(parameters)
        call.operands.0 = UnsafeMutableRawPointer(counter)
        call.split = cnn_split(units: 3, work: 1 << 40)
        let calls = [cnn_call](repeating: call, count: 7)
        // One thread alone would wait for ever.
        calls.withUnsafeBufferPointer { cnn_execute(pool.pool, $0.baseAddress, 7) }
      }
    }
    #expect(arrived == 21)
  }
}
