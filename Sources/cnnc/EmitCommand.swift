import ArgumentParser
import CNN
import CNNEmit
import CNNGraph
import CNNPlan
import CNNRuntime
import CNNSpec
import CNNTrain

extension TargetLanguage: ExpressibleByArgument {}
extension TargetCPU: ExpressibleByArgument {}
extension Emission.WeightsPlace: ExpressibleByArgument {}

struct EmitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "emit", abstract: "Write the compiled network as source code, to embed.",
    usage: "cnnc emit SPEC --target LANGUAGE --output FOLDER [--weights FILE] [OPTIONS]",
    discussion: """
      What is written depends on the spec, the weights and the options, not on the machine: nothing is measured. \
      Without --weights, a file of the spec's name beside it is taken, then the shipped one; where there is none, the \
      program reads weights from a file that `cnnc emit --weights FILE` makes.

      --training, for Swift, adds a type that trains the network further in the app: TYPE.Training computes steps of \
      forward, loss, backward and update as `cnnc train` does by the spec's `train`, with learning rates that the app \
      gives, and hands the weights out, to be saved as safetensors or run. --cpu and --exact are about inference only.
      """)

  @Argument(help: "A file, the name of a shipped spec, or `-` for standard input.")
  var spec: String

  @Option(help: "The weights, a safetensors file.")
  var weights: String?

  @Option(help: "The language.")
  var target: TargetLanguage

  @Option(help: "The folder to write to.")
  var output: String

  @Option(help: "Images of one run.")
  var batch = 1

  @Flag(help: "Multiply just what the definition multiplies: no Winograd.")
  var exact = false

  @Option(help: "The processor that algorithms are chosen for.")
  var cpu = TargetCPU.generic

  @Option(help: "The type's name. Left out: the spec's, `LeNet5` for lenet5.")
  var typeName: String?

  @Option(help: "Where weights go. Left out: into the source up to 1 MiB, otherwise into a file.")
  var weightsIn: Emission.WeightsPlace?

  @Flag(help: "Emit a training step, too (Swift).")
  var training = false

  @Option(help: "Images of a training step. Left out: those of the spec's `train`.")
  var trainingBatch: Int?

  @Flag(help: "Keep rows instead of whole activations where windows allow it, for small memories. In C only.")
  var lineBuffered = false

  @OptionGroup var common: CommonOptions

  func validate() throws {
    if batch < 1 { throw ValidationError("a batch has at least one image") }
    if output.isEmpty { throw ValidationError("--output names a folder") }
    if training, target != .swift {
      throw ValidationError("--training is there for --target swift only: the C computes inference")
    }
    if let trainingBatch {
      if trainingBatch < 1 { throw ValidationError("--training-batch is at least 1") }
      if !training { throw ValidationError("--training-batch is an option of --training") }
    }
    if lineBuffered && target != .c {
      throw ValidationError(
        "--line-buffered is there for --target c only: \(target.title) keeps whole activations")
    }
  }

  func run() throws {
    let input = try SpecInput(spec, weights: weights)
    let model = try input.model(common)
    var options = Emission.Options(target)
    options.batch = batch
    options.isExact = exact
    options.cpu = cpu
    options.typeName = typeName
    options.weightsPlace = weightsIn
    options.isLineBuffered = lineBuffered
    let loaded = try input.weights().map { source throws(Diagnostics) in
      try model.load(source)
    }
    let elements = loaded.map { weights in { @Sendable (name: String) in weights.values(of: name) } }
    let emission = try input.placing { () throws(Diagnostics) in
      try Emission(
        model.network, weights: elements, options: options,
        training: training ? try trainingStep(of: model) : nil)
    }
    if !common.quiet { Console.report(emission.notes) }
    if lineBuffered, emission.rows == nil, !common.quiet {
      Console.error(
        "note: rows would take more memory than whole activations, \(emission.arenaBytes) bytes: these are kept"
      )
    }
    let files: [EmittedFile] =
      switch target {
      case .swift: SwiftEmitter.emit(emission)
      case .c: CEmitter.emit(emission, read: try packed(loaded, emission))
      }
    try files.write(to: output)
    if common.json {
      let names = files.map { JSONValue.string(FileSystem.path(output, $0.name)) }
      Console.print(JSONValue.object(["files": .array(names)]).text)
    } else if !common.quiet {
      for file in files {
        Console.print("\(FileSystem.path(output, file.name))  \(Figures.bytes(file.bytes.count))")
      }
    }
  }

  /// The plan of a step of the whole batch, as `cnnc train` runs it where memory has no limit.
  private func trainingStep(of model: Model) throws(Diagnostics) -> ExecutionPlan {
    let recipe = model.network.spec.training
    let trained = try TrainedTensors(model.network, recipe: recipe)
    let plans = try TrainingPlanner.plan(
      try model.graph(), recipe: recipe, batch: trainingBatch ?? recipe.batch, memory: nil,
      isTrained: trained.contains)
    return plans.step.first
  }

  /// What kernels read of the weights; nil where there are none.
  private func packed(_ weights: Weights?, _ emission: Emission) throws(Diagnostics) -> (
    (Location, Int) -> [Float]
  )? {
    guard let weights else { return nil }
    let bound = try BoundWeights(weights, for: emission.plan)
    return { bound.values(at: $0, count: $1) }
  }
}
