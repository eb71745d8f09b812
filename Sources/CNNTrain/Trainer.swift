import CNN
import CNNGraph
import CNNImages
import CNNPasses
import CNNPlan
import CNNRuntime
import CNNSpec

/// Trains a network: every epoch all training images once, in an order of its own; then a line of metrics
/// for each split and a checkpoint.
///
/// The same spec, data, seed and options give the same bits, whatever the threads, and across any number of
/// stops and resumes: what is random is a function of the seed and of the counts in ``RunState``.
package final class Trainer {
  package let model: Model
  package let options: TrainingSettings
  package let data: TrainingData
  package private(set) var state = RunState()
  private let folder: OutputFolder
  private let identity: RunIdentity
  private let plans: TrainingPlans
  private let tensors: TrainingTensors
  private let runner: TrainingStepRunner
  private let learningRate: LearningRate
  private let measure: ScoreMeasure
  private var lastCheckpoint = ContinuousClock.now
  private let report: (TrainingEvent) -> Void

  private var recipe: TrainingRecipe { options.recipe }
  /// Bytes that a step takes: weights, optimizer state, activations.
  package var stepBytes: Int { plans.totalBytes }

  /// Reads the data, plans the step, and takes the output folder; starts or resumes, but trains nothing yet.
  /// - Throws: what is wrong with the data, the recipe, the starting weights, the memory or the folder.
  package init(
    _ model: Model, _ options: TrainingSettings, report: @escaping (TrainingEvent) -> Void
  ) throws(Diagnostics) {
    self.model = model
    self.options = options
    self.report = report
    data = try TrainingData(model, options)
    try Self.checkLength(options.recipe, data)
    for note in data.notes { report(.note(note)) }
    let trained = try TrainedTensors(model.network, recipe: options.recipe)
    let graph = try model.graph()
    plans = try TrainingPlanner.plan(
      graph, recipe: options.recipe, batch: options.recipe.batch, memory: options.memory,
      isTrained: trained.contains)
    for note in plans.notes { report(.note(note)) }
    let parts = plans.step.parts
    identity = RunIdentity(
      graph, preprocessing: model.network.spec.preprocessing, recipe: options.recipe,
      parts: parts.count == 1 ? "the whole batch at once" : "parts of \(parts.largest) images",
      data: data.fingerprint)
    measure = ScoreMeasure(model)
    learningRate = LearningRate(options.recipe, stepsPerEpoch: data.steps(batch: options.recipe.batch))
    folder = try OutputFolder(options.output)
    let start = try Self.start(model, options, folder, plans, identity, data, report)
    (state, tensors) = (start.state, try TrainingTensors(start.tensors))
    runner = try TrainingStepRunner(plans, on: tensors, threads: options.threads)
    // The last batch of an epoch may be smaller; that it does not fit is told now.
    let rest = data.trainingCount % options.recipe.batch
    if rest > 0 { try runner.prepare(rest) }
  }
}

// MARK: - Starting

extension Trainer {
  private static func checkLength(_ recipe: TrainingRecipe, _ data: TrainingData) throws(Diagnostics) {
    let (images, overflow) = recipe.epochs.multipliedReportingOverflow(by: data.trainingCount)
    // Beyond this a float no longer counts steps, and no life lasts.
    guard !overflow, images < 1 << 53 else {
      throw Diagnostics(
        Diagnostic(
          .invalidValue,
          "\(recipe.epochs) epochs of \(data.trainingCount) images are more than can be counted",
          at: .none, help: ["fewer --epochs"]))
    }
  }

  private static func start(
    _ model: Model, _ options: TrainingSettings, _ folder: OutputFolder, _ plans: TrainingPlans,
    _ identity: RunIdentity, _ data: TrainingData, _ report: (TrainingEvent) -> Void
  ) throws(Diagnostics) -> (tensors: [NamedTensor], state: RunState) {
    let weights = Set(model.tensors.map(\.name))
    let zeros = plans.tensors.filter { !weights.contains($0.name) }.map { tensor in
      NamedTensor(
        tensor.name, tensor.dimensions, [Float](repeating: 0, count: tensor.dimensions.reduce(1, *)))
    }
    if options.resumes { return try resume(model, options, folder, plans, zeros, identity, data) }
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
    return (starting.tensors + zeros, RunState())
  }

  private static func resume(
    _ model: Model, _ options: TrainingSettings, _ folder: OutputFolder, _ plans: TrainingPlans,
    _ zeros: [NamedTensor], _ identity: RunIdentity, _ data: TrainingData
  ) throws(Diagnostics) -> (tensors: [NamedTensor], state: RunState) {
    guard FileSystem.kind(of: folder.checkpoint) != nil else {
      throw Diagnostics(
        Diagnostic(
          .unreadableFile, "there is no checkpoint to resume from", at: .file(folder.checkpoint),
          help: ["without --resume a new run starts", "--output names the folder of a run"]))
    }
    let checkpoint = try Checkpoint(contentsOf: folder.checkpoint)
    let state = plans.stateTensors.map { ExecutionPlan.Parameter(name: $0.name, dimensions: $0.dimensions) }
    try checkpoint.check(
      against: identity, recipe: options.recipe, tensors: model.tensors + state, path: folder.checkpoint)
    guard checkpoint.state.isReachable(images: data.trainingCount, batch: options.recipe.batch) else {
      throw Diagnostics(
        Diagnostic(
          .weightsFile, "the checkpoint counts steps and images that no run comes to",
          at: .file(folder.checkpoint), help: ["it was changed by others: start anew, with --output"]))
    }
    let expected = model.tensors + zeros.map { .init(name: $0.name, dimensions: $0.dimensions) }
    let saved = Dictionary(checkpoint.tensors.map { ($0.name, $0) }) { first, _ in first }
    // What only passes through a step, such as the rate, need not be saved.
    let blank = Dictionary(zeros.map { ($0.name, $0) }) { first, _ in first }
    let tensors = expected.compactMap { tensor in
      saved[tensor.name].flatMap { $0.dimensions == tensor.dimensions ? $0 : nil } ?? blank[tensor.name]
    }
    try folder.restoreMetrics(bytes: checkpoint.state.metricsBytes)
    return (tensors, checkpoint.state)
  }
}

// MARK: - The loop

extension Trainer {
  /// Trains until the last epoch is done or `shouldStop` says so, which is asked after every step.
  /// - Throws: an image that cannot be read, a loss that is not finite, a file that cannot be written. The last
  ///   checkpoint survives all of them.
  package func run(shouldStop: () -> Bool) throws(Diagnostics) -> TrainingOutcome {
    guard state.epoch < recipe.epochs else { return .finished }
    let loader = try data.loader(options, from: state)
    // From here on there is something to resume, at whatever moment the process ends.
    if state.step == 0 { try save() }
    lastCheckpoint = .now
    while state.epoch < recipe.epochs {
      guard try trainEpoch(loader, shouldStop) else {
        try save()
        return .stopped
      }
    }
    return .finished
  }

  /// Trains to the end of the epoch under way; false if it was stopped before.
  private func trainEpoch(
    _ loader: BatchLoader, _ shouldStop: () -> Bool
  ) throws(Diagnostics) -> Bool {
    let begin = ContinuousClock.now
    let before = state.images
    while let batch = try loader.next() {
      try train(on: batch)
      loader.recycle(batch)
      let seconds = (ContinuousClock.now - begin) / .seconds(1)
      report(.step(progress(Double(state.images - before) / max(seconds, 1e-9))))
      // What ends an epoch belongs to it.
      guard state.images < data.trainingCount else { continue }
      if shouldStop() { return false }
      if ContinuousClock.now - lastCheckpoint >= options.checkpointInterval { try save() }
    }
    let seconds = (ContinuousClock.now - begin) / .seconds(1)
    try finishEpoch(seconds, imagesPerSecond: Double(state.images - before) / max(seconds, 1e-9))
    return true
  }

  private func train(on batch: TrainingBatch) throws(Diagnostics) {
    setControls()
    let step = try runner.run(
      images: batch.images, targets: targets(of: batch), count: batch.count, number: state.step + 1)
    for (index, label) in batch.labels.enumerated() {
      state.loss += Double(step.losses[index])
      let scores = step.scores[index * data.classes..<(index + 1) * data.classes]
      if measure.choice(scores) == label { state.correct += 1 }
    }
    state.images += batch.count
    state.step += 1
  }

  private func setControls() {
    for control in plans.controls {
      let values =
        control.name == TrainingStep.random
        ? RandomState(seed: UInt64(recipe.seed), step: UInt64(state.step)).elements
        : [Float(learningRate(step: state.step)), Float(state.step + 1)]
      let count = control.dimensions.reduce(1, *)
      tensors[control.name] = NamedTensor(control.name, control.dimensions, Array(values.prefix(count)))
    }
  }

  /// As the loss takes them: the numbers of the classes, or a one at each.
  private func targets(of batch: TrainingBatch) -> [Float] {
    switch recipe.loss {
    case .crossEntropy: return batch.labels.map(Float.init)
    case .meanSquaredError:
      var targets = [Float](repeating: 0, count: batch.count * data.classes)
      for (index, label) in batch.labels.enumerated() { targets[index * data.classes + label] = 1 }
      return targets
    }
  }

  private func progress(_ imagesPerSecond: Double) -> TrainingProgress {
    let left = (recipe.epochs - state.epoch) * data.trainingCount - state.images
    let batch = recipe.batch
    return TrainingProgress(
      epoch: state.epoch + 1, epochs: recipe.epochs, step: (state.images + batch - 1) / batch,
      steps: data.steps(batch: batch), loss: state.loss / Double(state.images),
      accuracy: Double(state.correct) / Double(state.images), imagesPerSecond: imagesPerSecond,
      secondsLeft: Double(left) / imagesPerSecond)
  }
}

// MARK: - Metrics and files

extension Trainer {
  private func finishEpoch(
    _ seconds: Double, imagesPerSecond: Double
  ) throws(Diagnostics) {
    let weights = weights
    try Divergence.check(weights, step: state.step)
    var training = EpochMetrics(
      epoch: state.epoch + 1, step: state.step, split: .train, loss: state.loss / Double(state.images),
      accuracy: Double(state.correct) / Double(state.images),
      learningRate: learningRate(step: state.step - 1), imagesPerSecond: imagesPerSecond,
      weights: Self.hash(weights))
    var lines = [training]
    if let validation = data.validation {
      let begin = ContinuousClock.now
      let found = try Evaluation.run(
        model, weights: .tensors(Weights(weights)), on: validation, batch: recipe.batch,
        threads: options.threads)
      training.split = .validation
      guard found.loss.isFinite else { throw Divergence.validation(epoch: state.epoch + 1) }
      (training.loss, training.accuracy) = (found.loss, found.accuracy)
      training.imagesPerSecond = Double(found.images) / max((ContinuousClock.now - begin) / .seconds(1), 1e-9)
      lines.append(training)
    }
    let isBest = state.isBest(lines)
    if isBest { try SafetensorsWriter.write(weights, to: folder.best) }
    try SafetensorsWriter.write(weights, to: folder.last)
    state.metricsBytes = try folder.append(metrics: lines.map(\.json), behind: state.metricsBytes)
    state.epoch += 1
    state.beginEpoch()
    try save()
    report(.epoch(lines, epochs: recipe.epochs, isBest: isBest, seconds: seconds))
  }

  /// The network's tensors as they are now, in the order of the weights file.
  private var weights: [NamedTensor] { model.tensors.map { tensors[$0.name] } }

  private static func hash(_ tensors: [NamedTensor]) -> String {
    var hash = ContentHash()
    for tensor in tensors { hash.add(tensor.values) }
    return hash.description
  }

  private func save() throws(Diagnostics) {
    let saved = weights + plans.stateTensors.map { tensors[$0.name] }
    try Divergence.check(saved, step: state.step)
    try Checkpoint(tensors: saved, state: state, identity: identity).write(to: folder.checkpoint)
    lastCheckpoint = .now
  }
}
