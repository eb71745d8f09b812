import CNN
import CNNEmbedding
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
    for note in data.notes { report(.note(note)) }
    let trained = try TrainedTensors(model.network, recipe: options.recipe)
    let graph = try model.graph()
    plans = try TrainingPlanner.plan(
      graph, recipe: options.recipe, batch: options.recipe.batch, memory: options.memory,
      isTrained: trained.contains)
    for note in plans.notes { report(.note(note)) }
    let parts = plans.step.parts
    identity = try RunIdentity(
      graph, preprocessing: model.network.spec.preprocessing, recipe: options.recipe,
      parts: parts.count == 1 ? "the whole batch at once" : "parts of \(parts.largest) images",
      data: data.fingerprint, instructionSet: Machine.isa)
    measure = ScoreMeasure(model)
    learningRate = LearningRate(options.recipe, stepsPerEpoch: data.steps(batch: options.recipe.batch))
    folder = try OutputFolder(options.output)
    let beginning = RunBeginning(
      model: model, options: options, data: data, plans: plans, identity: identity)
    let start = try options.resumes ? beginning.resumed(from: folder) : beginning.fresh(in: folder, report)
    (state, tensors) = (start.state, try TrainingTensors(start.tensors))
    runner = try TrainingStepRunner(plans, on: tensors, threads: options.threads)
    // The last batch of an epoch may be smaller; that it does not fit is told now.
    let rest = data.trainingCount % options.recipe.batch
    if rest > 0 { try runner.prepare(rest) }
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
      if state.epoch < recipe.epochs, shouldStop() { return .stopped }
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
      epoch: state.epoch + 1, epochs: recipe.epochs, step: state.images.batches(of: batch),
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
        model, weights: .tensors(Weights(weights)), on: validation, batch: plans.step.parts.largest,
        threads: options.memory == nil ? options.threads : 1)
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
    try save(weights)
    report(.epoch(lines, epochs: recipe.epochs, isBest: isBest, seconds: seconds))
  }

  /// The network's tensors as they are now, in the order of the weights file.
  private var weights: [NamedTensor] { model.tensors.map { tensors[$0.name] } }

  private static func hash(_ tensors: [NamedTensor]) -> String {
    var hash = ContentHash()
    for tensor in tensors { hash.add(tensor.values) }
    return hash.description
  }

  /// Writes a checkpoint.
  /// - Parameter weights: the network's tensors as they are now, where they have been copied already.
  private func save(_ weights: [NamedTensor]? = nil) throws(Diagnostics) {
    let saved = (weights ?? self.weights) + plans.stateTensors.map { tensors[$0.name] }
    try Divergence.check(saved, step: state.step)
    try Checkpoint(tensors: saved, state: state, identity: identity).write(to: folder.checkpoint)
    lastCheckpoint = .now
  }
}
