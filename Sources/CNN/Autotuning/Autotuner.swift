import CNNGraph
import CNNPasses
import CNNRuntime
import CNNSpec

/// Chooses the algorithms of a network's convolutions by timing them on this machine; what it has timed is stored, so
/// that it is not timed again.
package struct Autotuner: Sendable {
  /// Where measurements are kept between runs.
  package var cache: TimingCache
  /// How many threads compute a run together.
  package var threads: Int
  /// Nanoseconds of a site's batch computed by an algorithm, nil for row-major kernels.
  package var measure: @Sendable (ConvolutionSite, WeightPacking?) throws(Diagnostics) -> Int
  /// Seconds after which no other convolution is measured.
  package var mostSeconds = 10.0
  /// Seconds since some moment.
  package var now = Stopwatch.monotonicSeconds

  package init(
    cache: TimingCache, threads: Int,
    measure: @escaping @Sendable (ConvolutionSite, WeightPacking?) throws(Diagnostics) -> Int
  ) {
    self.cache = cache
    self.threads = threads
    self.measure = measure
  }

  /// What measures this machine, and stores that in the user's cache folder.
  /// - Throws: `invalid-value` where the environment asks for an instruction set that is not there.
  package static func ofMachine(threads: Int) throws(Diagnostics) -> Autotuner {
    let origin = TimingTable.Origin(isa: try Machine.isa, processor: Machine.processorName)
    let meter = ConvolutionMeter(threads: threads)
    return Autotuner(cache: TimingCache(folder: TimingCache.userFolder, for: origin), threads: threads) {
      (site, packing) throws(Diagnostics) in try meter.nanoseconds(of: site, packing)
    }
  }

  /// What was found, and what the user should know of it.
  package struct Result: Sendable {
    package var timings = ConvolutionTimings()
    package var notes: [String] = []
    /// Convolutions that were measured now.
    package var measuredCount = 0
  }

  /// The timings of convolutions: those that are stored, and others measured now. What cannot be measured is left to
  /// the cost model.
  /// - Parameter isExact: whether Winograd's algorithms are of no interest.
  package func timings(of sites: [ConvolutionSite], isExact: Bool) -> Result {
    var result = Result()
    var table = cache.load(notes: &result.notes)
    let start = now()
    var skipped = 0
    for site in sites {
      let isKnown = site.candidates(isExact: isExact).allSatisfy { table[site, $0, threads: threads] != nil }
      if isKnown { continue }
      if skipped > 0 || now() - start >= mostSeconds {
        skipped += 1
        continue
      }
      do throws(Diagnostics) {
        for packing in site.candidates(isExact: isExact) where table[site, packing, threads: threads] == nil {
          table[site, packing, threads: threads] = try measure(site, packing)
        }
        result.measuredCount += 1
      } catch {
        result.notes.append("--autotune could not measure \(site): \(error.all[0].message)")
        // Threads that the system refuses, it will refuse again.
        if error.all[0].code != .memoryLimit { break }
      }
    }
    if skipped > 0 {
      result.notes.append(
        "--autotune has measured for \(Int(mostSeconds)) s; the next run goes on, convolutions left: \(skipped)"
      )
    }
    if result.measuredCount > 0 { cache.save(table, notes: &result.notes) }
    for site in sites {
      for packing in site.candidates(isExact: false) {
        result.timings[site, packing] = table[site, packing, threads: threads]
      }
    }
    return result
  }
}

extension Model {
  /// The timings that choose the algorithms of this network.
  /// - Parameters:
  ///   - batch: images of a run.
  ///   - outputs: layers to return in place of the network's own.
  package func timings(
    batch: Int, returning outputs: [String]? = nil, isExact: Bool, by tuner: Autotuner
  ) throws(Diagnostics) -> Autotuner.Result {
    let graph = [Pass].simplification(try graph(returning: outputs))
    return tuner.timings(of: graph.convolutionSites(batch: batch), isExact: isExact)
  }
}
