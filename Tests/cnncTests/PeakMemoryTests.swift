import Foundation
import Testing

struct PeakMemoryTests {
  #if DEBUG
    static let isRelease = false
  #else
    static let isRelease = true
  #endif

  /// What the plan says, and little more: the program, the stacks, the input.
  @Test(
    .enabled(if: isRelease, "a debug build takes minutes to draw 138 million weights"),
    arguments: ["", "--threads 1", "--exact"])
  func `VGG-16 takes its weights, packed weights and arena, and 30 MB at most beside them`(options: String)
    throws
  {
    let plan = try cnnc("plan vgg16 --json \(options)").object()
    let parts = try ["parameter_bytes", "constant_bytes", "arena_bytes"].map {
      try #require(plan[$0] as? Int)
    }
    let result = try cnnc("bench vgg16 --json --quiet \(options)").object()
    let peak = try #require(result["peak_rss_bytes"] as? Int)
    #expect(peak > parts.reduce(0, +) && peak < parts.reduce(30_000_000, +), "\(peak) of \(parts)")
  }

  @Test func `what started the process does not count`() throws {
    let own = [UInt8](repeating: 1, count: 256 << 20)
    let result = try cnnc("bench lenet5 --json --quiet").object()
    let peak = try #require(result["peak_rss_bytes"] as? Int)
    #expect(peak > 1 << 20 && peak < 128 << 20, "\(peak), beside \(own.count)")
    // So that the array is there until now in a release build, too.
    #expect(own.indices.randomElement().map { own[$0] } == 1)
  }
}
