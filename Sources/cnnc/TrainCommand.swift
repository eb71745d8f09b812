import ArgumentParser
import CNN
import CNNRuntime
import CNNSpec
import CNNTrain

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Train a network on a data set.",
    usage: "cnnc train SPEC --data FOLDER [OPTIONS]",
    discussion: """
      DATA is a folder with the four MNIST-style IDX files (gzipped or not), CIFAR-10's binary batches, or one \
      sub-folder of images a class; only its training images are read. The recipe is the spec's `train`; options \
      change it. The output folder gets last.safetensors and best.safetensors (weights), metrics.jsonl (a line for \
      each epoch) and checkpoint.safetensors, from which --resume goes on, bit for bit, after any kind of stop.
      """)

  @Argument(help: "A file, the name of a shipped spec, or `-` for standard input.")
  var spec: String

  @Option(help: "The folder with the data.")
  var data: String

  @Option(help: "The folder to write to. Left out: runs/NAME.")
  var output: String?

  @Flag(help: "Go on with the output folder's run.")
  var resume = false

  @Option(name: .customLong("init"), help: "What to start from: `random`, or a safetensors file.")
  var initial = "random"

  @Option(help: "Layers that are drawn at random though --init names a file: fc3,conv1.")
  var reinitialize: String?

  @OptionGroup var recipe: RecipeOptions
  @Option(help: "The most that a step may take: 512MB, 2GiB.")
  var memory: MemorySize?

  @OptionGroup var threading: ThreadOptions
  @OptionGroup var common: CommonOptions

  func validate() throws {
    if output == "" { throw ValidationError("--output names a folder") }
    if reinitialize != nil, initial == "random" {
      throw ValidationError("--reinitialize is about the tensors of a file: give one with --init")
    }
    if resume, initial != "random" {
      throw ValidationError("--resume starts from the checkpoint, so --init has nothing to say")
    }
  }

  func run() throws {
    // Who no longer reads what a run says does not end it.
    signal(SIGPIPE, SIG_IGN)
    let input = try SpecInput(spec)
    let model = try input.model(common)
    let display = TrainingDisplay(isQuiet: common.quiet)
    let options = options(for: model)
    try input.placing { () throws(Diagnostics) in
      let trainer = try Trainer(model, options) { display.show($0) }
      display.begin(trainer)
      try Interrupts.finishing { () throws(Diagnostics) in
        let outcome: TrainingOutcome
        do throws(Diagnostics) {
          outcome = try trainer.run { Interrupts.isRequested }
        } catch {
          display.end()
          throw error
        }
        display.end()
        show(trainer, outcome)
      }
    }
  }

  private func options(for model: Model) -> TrainingSettings {
    var options = TrainingSettings(
      recipe: recipe.applied(to: model.network.spec.training), data: data,
      output: output ?? FileSystem.path("runs", model.name))
    if initial != "random" {
      let layers = reinitialize.map { $0.split(separator: ",").map(String.init) } ?? []
      options.initial = .file(initial, redrawn: layers)
    }
    options.resumes = resume
    options.memory = memory?.bytes
    options.threads = threading.count
    return options
  }

  private func show(_ trainer: Trainer, _ outcome: TrainingOutcome) {
    let state = trainer.state
    if common.json {
      var members: [(key: String, value: JSONValue)] = [
        ("finished", .bool(outcome == .finished)), ("epochs", .integer(state.epoch)),
        ("steps", .integer(state.step)), ("output", .string(trainer.options.output)),
      ]
      if let best = state.best {
        members.append(
          (
            "best",
            .object([
              "epoch": .integer(best.epoch), "loss": .number(best.loss), "accuracy": .number(best.accuracy),
            ])
          ))
      }
      return Console.print(JSONValue.object(members).text)
    }
    let folder = trainer.options.output
    switch outcome {
    case .stopped:
      Console.error(
        "stopped in epoch \(state.epoch + 1) of \(trainer.options.recipe.epochs), step \(state.step); "
          + "--resume goes on")
    case .finished:
      Console.print("weights: \(FileSystem.path(folder, "last.safetensors"))")
      if let best = state.best {
        Console.print(
          "best:    \(FileSystem.path(folder, "best.safetensors")) (epoch \(best.epoch), "
            + "\(trainer.data.validation == nil ? "training" : "validation") accuracy "
            + "\(Figures.fixed(best.accuracy * 100, digits: 2)) %)")
      }
    }
  }
}

/// What the command line changes of a spec's recipe.
struct RecipeOptions: ParsableArguments {
  @Option(help: "Times that every training image is used.")
  var epochs: Int?

  @Option(help: "Images of one step.")
  var batch: Int?

  @Option(help: "The learning rate; the peak of one_cycle.")
  var learningRate: Double?

  @Option(help: "The share of the training images held out to validate.")
  var validation: Double?

  @Option(help: "The seed of all that is random: first weights, order, augmentation, dropout.")
  var seed: Int?

  func validate() throws {
    if let epochs, epochs < 1 { throw ValidationError("--epochs is at least 1") }
    if let batch, batch < 1 { throw ValidationError("a batch has at least one image") }
    if let learningRate, !(learningRate.isFinite && learningRate >= 0) {
      throw ValidationError("--learning-rate is a number of at least 0")
    }
    if let validation, !(0...0.999).contains(validation) {
      throw ValidationError("--validation is a share, from 0 to 0.999")
    }
    if let seed, seed < 0 { throw ValidationError("--seed is at least 0") }
  }

  func applied(to recipe: TrainingRecipe) -> TrainingRecipe {
    var recipe = recipe
    recipe.epochs = epochs ?? recipe.epochs
    recipe.batch = batch ?? recipe.batch
    recipe.validation = validation ?? recipe.validation
    recipe.seed = seed ?? recipe.seed
    if let learningRate {
      recipe.optimizer.learningRate = learningRate
      if case .oneCycle(_, let warmup) = recipe.schedule {
        recipe.schedule = .oneCycle(peak: learningRate, warmup: warmup)
      }
    }
    return recipe
  }
}
