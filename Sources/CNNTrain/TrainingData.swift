import CNN
import CNNEmbedding
import CNNImages
import CNNSpec

/// The images of a run: those that are trained on, and those that are held out.
package struct TrainingData: Sendable {
  package let source: BatchLoader.Source
  package let validation: SubsetDataset?
  /// What is no error but worth knowing.
  package let notes: [Diagnostic]
  /// The same for the same images and labels in the same order; of images that are files of their own, their
  /// names and sizes.
  package let fingerprint: String

  /// Scores that the network gives an image.
  package let classes: Int

  package var trainingCount: Int { source.indices.count }

  /// - Throws: a network without scores of classes; what is wrong with the folder, its files and labels; classes
  ///   that are not the network's; a batch of more images than there are.
  package init(_ model: Model, _ options: TrainingSettings) throws(Diagnostics) {
    let recipe = options.recipe
    classes = try Self.classes(of: model)
    let images = try Datasets.open(options.data, split: .train)
    let (labels, warnings) = try ClassLabels.forTraining(on: images, for: model, classes: classes)
    let parts = HeldOut(labels: labels.numbers, share: recipe.validation, seed: UInt64(recipe.seed))
    guard recipe.batch <= parts.training.count else {
      let held = parts.validation.isEmpty ? "" : ", with \(parts.validation.count) more held out"
      throw Diagnostics(
        Diagnostic(
          .dataFolder,
          "a batch of \(recipe.batch) is larger than the data: \(parts.training.count) images\(held)",
          at: .file(options.data), help: ["--batch \(parts.training.count) or less"]))
    }
    try Self.checkLength(recipe, images: parts.training.count)
    source = BatchLoader.Source(
      dataset: images, labels: labels.numbers, indices: parts.training,
      preprocessor: try model.preprocessor(),
      augmenter: Augmenter(recipe.augmentations, seed: UInt64(recipe.seed)))
    validation = parts.validation.isEmpty ? nil : SubsetDataset(images, indices: parts.validation)
    var notes = warnings
    if recipe.validation > 0, parts.validation.isEmpty {
      notes.append(
        Diagnostic(
          .dataFolder,
          "a share of \(recipe.validation) of \(images.count) images is none: nothing is held out",
          at: .file(options.data), severity: .warning))
    }
    self.notes = notes
    fingerprint = "\(images.count) images, \(try Self.hash(images, labels.numbers))"
  }

  private static func checkLength(_ recipe: TrainingRecipe, images: Int) throws(Diagnostics) {
    let (total, overflow) = recipe.epochs.multipliedReportingOverflow(by: images)
    // Up to here a Double counts images one by one.
    guard !overflow, total < 1 << 53 else {
      throw Diagnostics(
        Diagnostic(
          .invalidValue, "\(recipe.epochs) epochs of \(images) images are more than can be counted",
          at: .none,
          help: ["fewer --epochs"]))
    }
  }

  private static func hash(_ images: any ImageDataset, _ labels: [Int]) throws(Diagnostics) -> ContentHash {
    var hash = ContentHash()
    for (index, label) in labels.enumerated() {
      if images.isInMemory {
        hash.add("\(label) ")
        hash.add(try images.image(index).pixels)
      } else {
        let path = images.path(index)
        hash.add("\(label) \(path.split(separator: "/").last ?? "") \(FileSystem.size(of: path) ?? 0) ")
      }
    }
    return hash
  }

  /// The network's number of scores for an image.
  private static func classes(of model: Model) throws(Diagnostics) -> Int {
    let outputs = model.network.outputs
    guard outputs.count == 1 else {
      throw unsuited(
        "`\(model.name)` returns \(outputs.count) values: \(outputs.map(\.name).joined(separator: ", "))")
    }
    guard let shape = model.network.shape(of: outputs[0].value), shape.area == 1 else {
      let shape = model.network.shape(of: outputs[0].value).map { "\($0)" } ?? "?"
      throw unsuited("`\(model.name)` returns \(shape), no scores of classes")
    }
    return shape.channels
  }

  private static func unsuited(_ message: String) -> Diagnostics {
    Diagnostics(
      Diagnostic(
        .inputShape, message, at: .none,
        help: ["a network is trained on images with a class each: one output, one number a class"]))
  }

  /// Steps of an epoch; the last may have fewer images.
  package func steps(batch: Int) -> Int { trainingCount.batches(of: batch) }

  /// Reads the batches that are still to come, ahead of their use.
  func loader(_ options: TrainingSettings, from state: RunState) throws(Diagnostics) -> BatchLoader {
    try BatchLoader(
      source, batch: options.recipe.batch, seed: UInt64(options.recipe.seed), epochs: options.recipe.epochs,
      epoch: state.epoch, position: state.images, readers: options.threads)
  }
}
