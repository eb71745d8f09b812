import ArgumentParser
import CNN
import CNNRuntime
import CNNSpec
import CNNTrain

struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Measure how fast a network runs, or what this machine can do.",
    usage: "cnnc bench SPEC [OPTIONS]\ncnnc bench --limits [--threads N]",
    discussion: """
      Runs on random inputs until the median has settled, for ten seconds at most. GMAC/s counts the spec's own \
      multiplications, a multiplication and its addition once; their limit is what multiply-adds of registers \
      reach, measured in the same minute. --profile times each step; what bounds it, computing or memory, is \
      predicted from measured limits.
      """)

  @Argument(help: "A file, the name of a shipped spec, or `-` for standard input.")
  var spec: String?

  @OptionGroup var weights: WeightsOptions

  @Option(help: "Images of one run. (default: 1; for training the recipe's)")
  var batch: Int?

  @Flag(help: "Time each step of the plan, too.")
  var profile = false

  @Flag(help: "Measure this machine instead of a network.")
  var limits = false

  @OptionGroup var engine: EngineCommandOptions
  @OptionGroup var training: TrainingOptions
  @OptionGroup var threading: ThreadOptions
  @OptionGroup var common: CommonOptions

  func validate() throws {
    if let batch, batch < 1 { throw ValidationError("a batch has at least one image") }
    if training.training { try engine.validateForTraining() }
    guard limits else { return }
    if let spec { throw ValidationError("--limits is about this machine, not about `\(spec)`") }
    let isTold = weights.weights != nil || batch != nil || profile || !common.values.values.isEmpty
    if isTold || training.training || engine.autotune {
      throw ValidationError("--limits is about this machine: of the other options it takes --threads")
    }
  }

  func run() throws {
    // Not in `validate`, where it would hide an unknown option.
    if spec == nil, !limits {
      Self.exit(withError: ValidationError("name a spec, or measure the machine with --limits"))
    }
    guard let spec else {
      let survey = try MachineSurvey.measure(threads: threading.count)
      warn()
      Console.print(common.json ? LimitsDocument(survey).json.text : LimitsText(survey).text)
      return
    }
    let benchmark = try measure(spec)
    warn()
    if !common.quiet, !benchmark.timing.isStable {
      Console.error("note: the median has not settled; is something else running on this machine?")
    }
    Console.print(common.json ? BenchDocument(benchmark).json.text : BenchText(benchmark).text)
  }

  /// Says what makes figures worthless.
  private func warn() {
    #if DEBUG
      if !common.quiet {
        Console.error("note: this is a debug build, many times slower than one with `-c release`")
      }
    #endif
  }

  private func measure(_ spec: String) throws(Diagnostics) -> Benchmark {
    let input = try SpecInput(spec, weights: weights.weights)
    let model = try input.model(common)
    let source = try input.weights(weights, quiet: common.quiet)
    let standard = training.training ? model.network.spec.training.batch : 1
    var options = Benchmark.Options(
      batch: batch ?? standard, threads: threading.count, isProfiled: profile, seed: weights.seed)
    return try input.placing { () throws(Diagnostics) in
      if training.training {
        return try .training(model, weights: source, options, memory: training.memory?.bytes)
      }
      options.engine = try engine.options(
        for: model, memory: training.memory, batch: options.batch, threads: options.threads,
        quiet: common.quiet)
      return try .inference(model, weights: source, options)
    }
  }
}
