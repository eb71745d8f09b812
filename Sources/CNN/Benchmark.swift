import CNNGraph
import CNNPasses
import CNNPlan
import CNNRuntime
import CNNSpec

/// How fast a network runs, or is trained, on this machine.
package struct Benchmark: Sendable {
  /// What is to be measured, and how.
  package struct Options: Sendable {
    package var batch: Int
    /// Threads that compute one run together.
    package var threads: Int
    /// Whether each step is timed, too.
    package var isProfiled: Bool
    /// What random inputs are drawn from.
    package var seed: UInt64
    package var engine = EngineOptions()
    package var stopwatch = Stopwatch()

    package init(batch: Int, threads: Int, isProfiled: Bool = false, seed: UInt64 = 1) {
      self.batch = batch
      self.threads = threads
      self.isProfiled = isProfiled
      self.seed = seed
    }

    /// For passes in which each step is timed: a pass is a sample, however short.
    package var passStopwatch: Stopwatch {
      var passes = stopwatch
      passes.groupSeconds = 0
      return passes
    }

    /// Numbers of -1..<1.
    package func randomInput(_ count: Int) -> [Float] {
      let state = RandomState(seed: seed, step: 0)
      return (0..<count).map { Float(state.bits(stream: 0, place: UInt64($0)) >> 40) / Float(1 << 23) - 1 }
    }
  }

  /// One step of the plan, or of all parts of a training step.
  package struct Step: Sendable {
    package var row: StepProfiler.Row
    /// Of the time of all steps.
    package var share: Double
    package var roofline: Roofline
  }

  package var name: String
  package var batch: Int
  package var threads: Int
  package var isTraining: Bool
  /// The instruction set of the kernels.
  package var isa: String
  /// Of a whole batch: inputs copied in, computed, outputs copied out.
  package var timing: Stopwatch.Timing
  /// Of a whole batch.
  package var multiplications: Int
  package var arenaBytes: Int
  /// The most memory that the process had until the measurement was done.
  package var peakMemoryBytes: Int
  /// From the checked spec and the weights' source to something that can run.
  package var compileSeconds: Double
  /// Multiply-adds that the threads do in a second at most.
  package var multiplyAddRate: Double
  /// Present where they were asked for.
  package var steps: [Step]?

  package var imagesPerSecond: Double { Double(batch) / timing.statistics.median }
  package var multiplicationsPerSecond: Double { Double(multiplications) / timing.statistics.median }

  /// What was measured, beside what the machine can do, which is measured now.
  /// - Parameter rows: the steps, if they were timed.
  /// - Throws: `invalid-value` or `memory-limit` where the machine cannot be measured.
  package init(
    _ name: String, _ options: Options, isTraining: Bool, timing: Stopwatch.Timing, multiplications: Int,
    arenaBytes: Int, parameterBytes: Int, compileSeconds: Double, rows: [StepProfiler.Row]?
  ) throws(Diagnostics) {
    // What follows needs memory of its own.
    peakMemoryBytes = Machine.peakMemoryBytes
    self.name = name
    batch = options.batch
    threads = options.threads
    self.isTraining = isTraining
    isa = try Machine.isa
    self.timing = timing
    self.multiplications = multiplications
    self.arenaBytes = arenaBytes
    self.compileSeconds = compileSeconds
    let meter = try LimitMeter(isa: isa, threads: threads)
    guard let rows else {
      multiplyAddRate = meter.multiplyAddsPerSecond()
      return
    }
    let limits = try MachineLimits.measure(isa: isa, threads: threads, caches: .ofMachine())
    multiplyAddRate = limits.multiplyAddRate
    let total = rows.reduce(0) { $0 + $1.seconds }
    steps = rows.map { row in
      Step(
        row: row, share: row.seconds / max(total, 1e-12),
        roofline: Roofline(
          row.work, turns: row.turns, workingBytes: arenaBytes + parameterBytes, on: limits))
    }
  }
}

extension Benchmark {
  /// Times inference with random inputs.
  /// - Throws: what is wrong with the weights; `memory-limit` where the machine has not enough memory.
  package static func inference(
    _ model: Model, weights: WeightsSource, _ options: Options
  ) throws(Diagnostics) -> Benchmark {
    let start = options.stopwatch.now()
    let network = try model.compile(
      weights: weights, batch: options.batch, returning: nil, threads: options.threads,
      options: options.engine)
    var session = try network.session(threads: options.threads)
    let compileSeconds = options.stopwatch.now() - start

    let plan = network.plan
    let input = options.randomInput(session.count(of: plan.inputs[0]))
    var output = [Float](repeating: 0, count: session.count(of: plan.outputs[0]))
    let timing = options.stopwatch.time {
      var span = output.mutableSpan
      session.run(input.span, into: &span)
    }
    var profiler: StepProfiler?
    if options.isProfiled { profiler = profile(&session, input, options) }
    return try Benchmark(
      model.name, options, isTraining: false, timing: timing,
      multiplications: model.multiplicationCount * options.batch, arenaBytes: plan.arenaBytes,
      parameterBytes: plan.parameterBytes + plan.constantBytes, compileSeconds: compileSeconds,
      rows: profiler?.rows)
  }

  private static func profile(
    _ session: inout Session, _ input: [Float], _ options: Options
  ) -> StepProfiler {
    var profiler = StepProfiler([session.plan])
    let now = options.stopwatch.now
    _ = options.passStopwatch.time {
      profiler.beginPass()
      session.copyInput(from: input.span)
      for (index, turn) in session.plan.turns.enumerated() {
        let begin = now()
        session.run(turn: index)
        profiler.add(plan: 0, step: turn.step, seconds: now() - begin)
      }
    }
    return profiler
  }
}
