import CNNPasses
import CNNPlan
import CNNRuntime
import CNNSpec
import Testing

@testable import CNN

struct BenchmarkTests {
  /// Options whose stopwatch is content with little.
  static func options(batch: Int, threads: Int = 1, isProfiled: Bool = false) -> Benchmark.Options {
    var options = Benchmark.Options(batch: batch, threads: threads, isProfiled: isProfiled)
    options.stopwatch.warmUpSeconds = 0
    options.stopwatch.leastSeconds = 0
    options.stopwatch.mostSeconds = 0.01
    return options
  }

  @Test(arguments: [1, 2]) func `inference is timed, and tells what was timed`(threads: Int) throws {
    let model = try Model(text: ModelTests.text)
    let benchmark = try Benchmark.inference(
      model, weights: .random(seed: 1), Self.options(batch: 3, threads: threads))
    let network = try model.compile(weights: .random(seed: 1), batch: 3)
    #expect(benchmark.name == "tiny" && benchmark.batch == 3 && benchmark.threads == threads)
    #expect(!benchmark.isTraining && benchmark.steps == nil)
    #expect(try benchmark.isa == Machine.isa)
    #expect(benchmark.multiplications == 3 * model.multiplicationCount)
    #expect(benchmark.arenaBytes == network.arenaBytes)
    #expect(benchmark.peakMemoryBytes > 1 << 20 && benchmark.compileSeconds > 0)
    let median = benchmark.timing.statistics.median
    #expect(median > 0 && benchmark.timing.runs > 0 && benchmark.multiplyAddRate > 0)
    #expect(benchmark.imagesPerSecond == 3 / median)
    #expect(benchmark.multiplicationsPerSecond == Double(benchmark.multiplications) / median)
  }

  @Test func `a profile has a row a step, whose shares make up the whole`() throws {
    let model = try Model(text: ModelTests.text)
    let benchmark = try Benchmark.inference(
      model, weights: .random(seed: 1), Self.options(batch: 2, isProfiled: true))
    let steps = try #require(benchmark.steps)
    let plan = try model.compile(weights: .random(seed: 1), batch: 2).plan
    #expect(steps.map(\.row.name) == plan.steps.map(\.name))
    #expect(abs(steps.reduce(0) { $0 + $1.share } - 1) < 1e-9)
    #expect(steps.allSatisfy { $0.row.samples.count > 1 && $0.roofline.memorySeconds > 0 })
    #expect(steps.reduce(0) { $0 + $1.row.work.multiplications } == benchmark.multiplications)
  }

  @Test func `random inputs are of -1 to 1, the same for a seed`() {
    var options = Self.options(batch: 1)
    let numbers = options.randomInput(10_000)
    #expect(numbers.allSatisfy { (-1..<1).contains($0) } && numbers == options.randomInput(10_000))
    #expect(abs(numbers.reduce(0, +)) < 300 && numbers.min()! < -0.99 && numbers.max()! > 0.99)
    options.seed = 2
    #expect(options.randomInput(10_000) != numbers)
  }

  @Test func `wrong weights and impossible threads are told`() throws {
    let model = try Model(text: ModelTests.text)
    let file = WeightsSource.file(Fixtures.root + "/specs/lenet5.safetensors")
    #expect(throws: Diagnostics.self) {
      try Benchmark.inference(model, weights: file, Self.options(batch: 1))
    }
    #expect(throws: Diagnostics.self) {
      try Benchmark.inference(model, weights: .random(seed: 1), Self.options(batch: 1, threads: 1 << 20))
    }
  }

  @Test func `a plan's steps do the multiplications of the spec, fused or not`() throws {
    var count = 0
    for name in try Fixtures.specNames() {
      // A family is no network.
      guard let model = try? Fixtures.model(name) else { continue }
      count += 1
      let plans = [
        try Planner.plan(try model.graph(), batch: 1),
        try Planner.plan([Pass].inference(batch: 1)(try model.graph()), batch: 1),
      ]
      for plan in plans { #expect(plan.work.multiplications == model.multiplicationCount, "\(name)") }
    }
    #expect(count > 15)
  }
}
