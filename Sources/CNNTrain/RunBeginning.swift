import CNN
import CNNPlan
import CNNRuntime
import CNNSpec

/// The tensors and counts that a run begins or goes on with.
struct RunBeginning {
  let model: Model
  let options: TrainingSettings
  let data: TrainingData
  let plans: TrainingPlans
  let identity: RunIdentity

  typealias Start = (tensors: [NamedTensor], state: RunState)

  /// A new run.
  /// - Throws: `output-file` where the folder has one; what is wrong with the starting weights.
  func fresh(in folder: OutputFolder, _ report: (TrainingEvent) -> Void) throws(Diagnostics) -> Start {
    guard !folder.hasRun else {
      throw Diagnostics(
        Diagnostic(
          .outputFile, "there is a run in this folder already", at: .file(folder.path),
          help: ["--resume goes on with it", "--output FOLDER starts another one elsewhere"]))
    }
    let starting = try StartingTensors(model, from: options.initial, recipe: options.recipe)
    if case .file(let path, _) = options.initial {
      report(.note(starting.note(path, seed: options.recipe.seed)))
    }
    try folder.restoreMetrics(bytes: 0)
    return (starting.tensors + blanks, RunState())
  }

  /// The folder's run, as its checkpoint says.
  /// - Throws: `unreadable-file` where there is none, `weights-file` for one that is damaged,
  ///   `checkpoint-mismatch` for another run's.
  func resumed(from folder: OutputFolder) throws(Diagnostics) -> Start {
    guard FileSystem.kind(of: folder.checkpoint) != nil else {
      throw Diagnostics(
        Diagnostic(
          .unreadableFile, "there is no checkpoint to resume from", at: .file(folder.checkpoint),
          help: ["without --resume a new run starts", "--output names the folder of a run"]))
    }
    let checkpoint = try Checkpoint(contentsOf: folder.checkpoint)
    let kept = model.tensors + plans.stateTensors.map { .init(name: $0.name, dimensions: $0.dimensions) }
    try checkpoint.check(against: identity, recipe: options.recipe, tensors: kept, path: folder.checkpoint)
    guard checkpoint.state.isReachable(images: data.trainingCount, batch: options.recipe.batch) else {
      throw Diagnostics(
        Diagnostic(
          .weightsFile, "the checkpoint counts steps and images that no run comes to",
          at: .file(folder.checkpoint), help: ["it was changed by others: start anew, with --output"]))
    }
    let names = Set(kept.map(\.name))
    let saved = checkpoint.tensors.filter { names.contains($0.name) }
    try folder.restoreMetrics(bytes: checkpoint.state.metricsBytes)
    return (saved + blanks.filter { !names.contains($0.name) }, checkpoint.state)
  }

  /// What a step reads besides the weights, as it is before the first step: the optimizer's state, and what
  /// only passes through.
  private var blanks: [NamedTensor] {
    let weights = Set(model.tensors.map(\.name))
    return plans.tensors.filter { !weights.contains($0.name) }.map { tensor in
      NamedTensor(
        tensor.name, tensor.dimensions, [Float](repeating: 0, count: tensor.dimensions.reduce(1, *)))
    }
  }
}
