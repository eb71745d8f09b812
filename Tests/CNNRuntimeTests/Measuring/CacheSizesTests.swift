import CNNTestSupport
import Testing

@testable import CNNRuntime

struct CacheSizesTests {
  @Test(
    arguments: [
      ("32K", 32 << 10), ("1M", 1 << 20), ("2G", 2 << 30), ("12345", 12345), ("", nil), ("K", nil),
      ("32k", nil), ("-1K", nil), ("1.5M", nil), ("99999999999999999999K", nil),
    ] as [(String, Int?)]) func `sizes as Linux writes them`(text: String, bytes: Int?)
  {
    #expect(CacheSizes.bytes(of: text) == bytes)
  }

  @Test(
    arguments: [
      ([32, 512, 4096], [32, 512, 4096]), ([32, 512, 0], [32, 512]), ([32, 0, 4096], [32, 4096]),
      ([64, 64, 32], [64]), ([0, 512, 4096], nil), ([-1, -1, -1], nil), ([], nil),
    ] as [([Int], [Int]?)]) func `levels that are unknown are left out`(asked: [Int], bytes: [Int]?)
  {
    #expect(CacheSizes(asked: asked, .system)?.bytes == bytes)
  }

  @Test func `a folder of a core's caches`() throws {
    let folder = try TemporaryFolder()
    func write(_ index: Int, _ level: String, _ type: String, _ size: String) throws {
      for (name, text) in [("level", level), ("type", type), ("size", size)] {
        try folder.write("index\(index)/\(name)", Array("\(text)\n".utf8))
      }
    }
    #expect(CacheSizes(folder: folder.path) == nil)
    try write(0, "1", "Data", "32K")
    try write(1, "1", "Instruction", "64K")
    try write(3, "3", "Unified", "8M")
    #expect(CacheSizes(folder: folder.path) == CacheSizes(bytes: [32 << 10, 8 << 20], origin: .sysfs))
    try write(2, "2", "Unified", "512K")
    #expect(CacheSizes(folder: folder.path)?.bytes == [32 << 10, 512 << 10, 8 << 20])
    // What makes no sense is not there.
    try write(2, "99999", "Unified", "1M")
    try write(3, "3", "Unified", "much")
    #expect(CacheSizes(folder: folder.path)?.bytes == [32 << 10])
  }

  @Test func `this machine has a first cache`() throws {
    let sizes = try #require(CacheSizes.ofSystem)
    #expect((4 << 10...1 << 20).contains(sizes.bytes[0]) && sizes.bytes == sizes.bytes.sorted())
    #expect(try CacheSizes.ofMachine() == sizes)
  }
}

struct CacheSweepTests {
  /// Bandwidths of growing sizes, and the caches that they tell of.
  static let sweeps: [([Double], [Int])] = [
    // Plateaus: 100 up to 4, 50 up to 7, 10 behind.
    ([100, 101, 99, 100, 50, 51, 50, 10, 10], [4, 7]),
    // A step over several sizes begins at the first of them.
    ([100, 100, 75, 50, 40, 40], [2]),
    // A fifth is no step.
    ([100, 85, 80, 75, 74], [5]), ([100, 78, 80, 80], [4]),
    // The three deepest of four.
    ([560, 400, 400, 200, 200, 20, 20, 2], [3, 5, 7]), ([100, 70], [1]),
  ]

  @Test(arguments: sweeps) func `caches end where bandwidth falls`(bandwidths: [Double], caches: [Int]) {
    let points = bandwidths.enumerated().map { (bytes: $0 + 1, bandwidth: $1) }
    #expect(CacheSweep.caches(points) == caches)
  }

  @Test func `the sizes that are read ascend, two to a doubling`() {
    let sizes = CacheSweep.sizes
    #expect(sizes == sizes.sorted() && sizes.first == 4096 && sizes.last == 128 << 20)
    #expect(zip(sizes, sizes.dropFirst()).allSatisfy { $1 * 3 == $0 * 4 || $1 * 2 == $0 * 3 })
  }
}
