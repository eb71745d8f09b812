import CNNGraph
import CNNPasses
import CNNSpec
import CNNTestSupport
import Synchronization
import Testing

@testable import CNN

struct AutotunerTests {
  /// What was asked to be measured, as `16 winograd(tile: 2)`.
  private final class Log: Sendable {
    let asked = Mutex<[String]>([])
    func take() -> [String] {
      asked.withLock { asked in
        defer { asked = [] }
        return asked
      }
    }
  }

  private let folder: TemporaryFolder
  private let log = Log()
  private let sites = [TimingTableTests.site(16), TimingTableTests.site(32)]

  init() throws { folder = try TemporaryFolder() }

  private var cache: TimingCache { TimingCache(folder: folder.path, for: TimingTableTests.origin) }

  /// Measures nothing: an algorithm takes as many nanoseconds as its description has letters.
  private func tuner(
    threads: Int = 1, cache: TimingCache? = nil, failure: Diagnostic? = nil, at channels: Int = 0
  ) -> Autotuner {
    Autotuner(cache: cache ?? self.cache, threads: threads) { [log] (site, packing) throws(Diagnostics) in
      log.asked.withLock { $0.append("\(site.input.channels) \(Self.text(packing))") }
      if let failure, site.input.channels == channels { throw Diagnostics(failure) }
      return Self.text(packing).count
    }
  }

  private static func text(_ packing: WeightPacking?) -> String { packing.map { "\($0)" } ?? "row-major" }

  private static let all = ["row-major", "panels(groups: 1)", "winograd(tile: 2)", "winograd(tile: 4)"]

  private func asked(_ channels: Int, _ algorithms: [String] = Self.all) -> [String] {
    algorithms.map { "\(channels) \($0)" }
  }

  @Test func `the second run reads and does not measure`() throws {
    let first = tuner().timings(of: sites, isExact: false)
    #expect(first.measuredCount == 2 && first.notes.isEmpty && log.take() == asked(16) + asked(32))
    #expect(first.timings[sites[0], nil] == 9 && first.timings[sites[1], .winograd(tile: 4)] == 17)
    #expect(folder.names == ["cnnc"])
    #expect(cache.path == folder.path + "/cnnc/autotune-avx2-amd-epyc-25.json")
    let second = tuner().timings(of: sites, isExact: false)
    #expect(second.measuredCount == 0 && second.notes.isEmpty && log.take() == [])
    #expect(second.timings == first.timings)
    // What is new is measured, and what there was is kept.
    let more = tuner().timings(of: [TimingTableTests.site(48)] + sites, isExact: false)
    #expect(more.measuredCount == 1 && log.take() == asked(48))
    #expect(tuner().timings(of: sites, isExact: false).timings == first.timings && log.take() == [])
  }

  @Test func `other threads are measured for themselves`() {
    _ = tuner(threads: 1).timings(of: sites, isExact: false)
    _ = log.take()
    let result = tuner(threads: 2).timings(of: [sites[0]], isExact: false)
    #expect(result.measuredCount == 1 && log.take() == asked(16))
    #expect(result.timings[sites[1], nil] == nil)
  }

  @Test func `exact networks measure no Winograd, others then only that`() {
    let exact = tuner().timings(of: [sites[0]], isExact: true)
    #expect(log.take() == asked(16, ["row-major", "panels(groups: 1)"]))
    #expect(exact.timings[sites[0], .winograd(tile: 2)] == nil && exact.timings[sites[0], nil] == 9)
    #expect(tuner().timings(of: [sites[0]], isExact: true).measuredCount == 0)
    #expect(tuner().timings(of: [sites[0]], isExact: false).measuredCount == 1)
    #expect(log.take() == asked(16, ["winograd(tile: 2)", "winograd(tile: 4)"]))
  }

  @Test(arguments: [
    ("nonsense", "broken"), ("{\"format\": \"cnnc autotune\", \"version\": 0}", "another version's"),
    (TimingTable(.init(kernels: "7", isa: "sse2", processor: "other")).json.text, "another machine's"),
  ]) func `a file of no use is told, and replaced`(text: String, why: String) throws {
    let path = try folder.write("cnnc/autotune-avx2-amd-epyc-25.json", text)
    let result = tuner().timings(of: sites, isExact: false)
    #expect(result.measuredCount == 2 && result.notes.count == 1)
    #expect(result.notes[0].contains(path) && result.notes[0].contains(why), "\(result.notes)")
    #expect(tuner().timings(of: sites, isExact: false).notes.isEmpty)
    #expect(log.take().count == 8)
  }

  @Test func `a cache that cannot be had costs a note`() throws {
    let none = TimingCache(folder: nil, for: TimingTableTests.origin)
    let homeless = tuner(cache: none).timings(of: sites, isExact: false)
    #expect(homeless.measuredCount == 2 && homeless.notes.count == 1)
    #expect(homeless.notes[0].contains("neither XDG_CACHE_HOME nor HOME"))
    let file = try folder.write("file", "")
    let blocked = tuner(cache: TimingCache(folder: file, for: TimingTableTests.origin))
      .timings(of: sites, isExact: false)
    #expect(blocked.timings == homeless.timings && blocked.notes.count == 1)
    #expect(blocked.notes[0].contains(file), "\(blocked.notes)")
    // A folder where the file should be is wrong for reading and for writing.
    _ = folder.makeFolder("cnnc")
    _ = folder.makeFolder("cnnc/autotune-avx2-amd-epyc-25.json")
    #expect(tuner().timings(of: sites, isExact: false).notes.count == 2)
  }

  @Test func `what has too little memory is left out, what has no threads ends it`() {
    let memory = Diagnostic(.memoryLimit, "too much", at: .none)
    let some = tuner(failure: memory, at: 16).timings(of: sites, isExact: false)
    #expect(some.measuredCount == 1 && some.notes.count == 1 && some.notes[0].contains("too much"))
    #expect(some.timings[sites[0], nil] == nil && some.timings[sites[1], nil] == 9)
    #expect(log.take() == asked(16, ["row-major"]) + asked(32))
    let threads = Diagnostic(.invalidValue, "no threads", at: .none)
    let none = tuner(threads: 9, failure: threads, at: 16).timings(of: sites, isExact: false)
    #expect(none.measuredCount == 0 && none.notes.count == 1 && none.notes[0].contains("no threads"))
    #expect(log.take() == asked(16, ["row-major"]))
  }

  @Test func `when the time is up, the rest is left to the next run`() {
    var slow = tuner()
    let calls = Mutex(0)
    // Three seconds from one look at the clock to the next.
    slow.now = {
      calls.withLock {
        $0 += 3
        return Double($0)
      }
    }
    slow.mostSeconds = 5
    let first = slow.timings(of: sites, isExact: false)
    #expect(first.measuredCount == 1 && first.notes.count == 1 && log.take() == asked(16))
    #expect(first.notes[0].contains("convolutions left: 1"))
    let second = slow.timings(of: sites, isExact: false)
    #expect(second.measuredCount == 1 && second.notes.isEmpty && log.take() == asked(32))
  }

  @Test func `a model is compiled as the timings say`() throws {
    let model = try Model(text: "input: 32x8x8\nnetwork: conv(32, 3, pad=1) - relu - conv(32, 3, pad=1)")
    let result = try model.timings(batch: 1, isExact: false, by: tuner())
    #expect(result.measuredCount == 1)
    var options = EngineOptions()
    options.timings = result.timings
    // `row-major` has the fewest letters.
    let plan = try model.plan(batch: 1, options: options)
    #expect(plan.calls.allSatisfy { $0.kernel == .conv2d } && plan.calls.count == 2)
    #expect(try model.plan(batch: 1).calls.contains { $0.kernel != .conv2d })
  }
}
