import CNNGraph
import CNNPasses
import CNNSpec
import Synchronization
import Testing

@testable import CNN

struct ConvolutionMeterTests {
  private static func site(_ channels: Int, _ filters: Int, kernel: Int, groups: Int = 1) -> ConvolutionSite {
    let conv = Conv2D(
      filters: filters, window: Window2D(kernel: Size2D(kernel)), groups: groups, hasBias: kernel > 1)
    let size = 10 - kernel + 1
    return ConvolutionSite(conv, input: Shape(channels, 10, 10), output: Shape(filters, size, size), batch: 2)
  }

  /// Each second look at the clock is behind a run: these are the runs' milliseconds, from the first on again.
  private static func clock(_ milliseconds: [Double]) -> @Sendable () -> Double {
    let state = Mutex((looks: 0, time: 0.0))
    return {
      state.withLock { state in
        if state.looks % 2 == 1 { state.time += milliseconds[state.looks / 2 % milliseconds.count] * 1e-3 }
        state.looks += 1
        return state.time
      }
    }
  }

  /// An image's channels, a block and a half, one kernel a channel, groups of blocks, one pixel.
  @Test(
    arguments: [
      site(3, 8, kernel: 3), site(24, 20, kernel: 3), site(24, 24, kernel: 3, groups: 24),
      site(32, 32, kernel: 5, groups: 2), site(24, 24, kernel: 1), site(24, 40, kernel: 10),
    ], [1, 2]) func `every algorithm of a convolution can be timed`(site: ConvolutionSite, threads: Int)
    throws
  {
    var meter = ConvolutionMeter(threads: threads)
    meter.now = Self.clock([9, 5, 7])
    let candidates = site.candidates(isExact: false)
    #expect(candidates.count > 1)
    for packing in candidates {
      // Three runs, of which the fastest counts.
      #expect(abs(try meter.nanoseconds(of: site, packing) - 5_000_000) <= 1, "\(site) \(packing as Any)")
    }
  }

  @Test func `short runs are repeated, long ones are not`() throws {
    let site = Self.site(3, 8, kernel: 3)
    var meter = ConvolutionMeter(threads: 1)
    // Four milliseconds are over with the eighth run.
    meter.now = Self.clock([0.7, 0.7, 0.7, 0.7, 0.7, 0.6, 0.5])
    #expect(abs(try meter.nanoseconds(of: site, nil) - 600_000) <= 1)
    meter.now = Self.clock([150, 100, 1])
    #expect(abs(try meter.nanoseconds(of: site, nil) - 100_000_000) <= 1)
  }
}
