import CNNPlan
import CNNSpec
import Testing

@testable import CNNRuntime

struct MachineLimitsTests {
  static let limits = MachineLimits(
    isa: "sse2", threads: 1, multiplyAddRate: 100,
    levels: [
      .init(name: "L1", capacity: 10, measuredBytes: 5, readRate: 40, writeRate: 20, copyRate: 30),
      .init(name: "DRAM", capacity: 1000, measuredBytes: 80, readRate: 4, writeRate: 2, copyRate: 3),
    ])

  @Test(arguments: [(0, "L1"), (10, "L1"), (11, "DRAM"), (1000, "DRAM"), (5000, "DRAM")])
  func `bytes lie in the innermost level that has room`(bytes: Int, name: String) {
    #expect(Self.limits.level(for: bytes).name == name)
  }

  static let kilobyte = 1 << 10
  static let megabyte = 1 << 20

  /// Cache sizes, threads, memory; the levels with what is gone through.
  static let areas: [([Int], Int, Int, [String], [Int])] = [
    (
      [32 * kilobyte, megabyte, 32 * megabyte], 1, 1 << 34, ["L1", "L2", "L3", "DRAM"],
      [16 * kilobyte, megabyte / 2, 16 * megabyte, 256 * megabyte]
    ),
    (
      [32 * kilobyte, megabyte, 32 * megabyte], 4, 1 << 34, ["L1", "L2", "L3", "DRAM"],
      [64 * kilobyte, 2 * megabyte, 16 * megabyte, 256 * megabyte]
    ),
    // The cores' own caches hold nearly as much as the shared one, or more.
    (
      [32 * kilobyte, megabyte, 32 * megabyte], 24, 1 << 34, ["L1", "L2", "L3", "DRAM"],
      [384 * kilobyte, 12 * megabyte, 32 * megabyte, 256 * megabyte]
    ),
    (
      [32 * kilobyte, megabyte, 32 * megabyte], 64, 1 << 34, ["L1", "L2", "DRAM"],
      [megabyte, 32 * megabyte, 512 * megabyte]
    ),
    // A small machine.
    ([16 * kilobyte], 1, 256 * megabyte, ["L1", "DRAM"], [8 * kilobyte, 32 * megabyte]),
  ]

  @Test(arguments: areas) func `what is gone through for each level`(
    caches: [Int], threads: Int, memory: Int, names: [String], measured: [Int]
  ) {
    let areas = MachineLimits.areas(
      CacheSizes(bytes: caches, origin: .sysfs), threads: threads, memory: memory)
    #expect(areas.map(\.name) == names && areas.map(\.measured) == measured)
    #expect(areas.allSatisfy { $0.measured <= $0.capacity })
  }
}

struct RooflineTests {
  private func roofline(_ work: (Int, Int, Int, Int), workingBytes: Int) -> Roofline {
    var step = ExecutionPlan.Work()
    (step.multiplications, step.readBytes, step.weightBytes, step.writtenBytes) = work
    return Roofline(step, workingBytes: workingBytes, on: MachineLimitsTests.limits)
  }

  @Test func `what takes longer binds, weights come from where all of the network lies`() {
    // 4 bytes read at 40 and 4 written at 20 a second, from the cache.
    let near = roofline((200, 4, 0, 4), workingBytes: 1000)
    #expect(near.computeSeconds == 2 && near.memorySeconds == 0.1 + 0.2)
    #expect(near.bound == .compute && near.seconds == 2)
    // 8 bytes of weights at 4 a second, from memory.
    let weights = roofline((50, 4, 8, 4), workingBytes: 1000)
    #expect(abs(weights.memorySeconds - (0.1 + 0.2 + 2)) < 1e-12 && weights.bound == .memory)
    #expect(roofline((60, 4, 8, 4), workingBytes: 10).bound == .compute)
    // Activations that the cache has no room for.
    let far = roofline((0, 8, 0, 8), workingBytes: 10)
    #expect(far.memorySeconds == 2 + 4 && far.bound == .memory)
    #expect(roofline((0, 0, 0, 0), workingBytes: 0).bound == .memory)
  }
}
