import CNNGraph
import CNNImages
import CNNSpec

/// How well a network does on a data set.
package struct Evaluation: Sendable {
  package var images = 0
  package var correct = 0
  /// Images whose class is among the five with the best scores.
  package var correctInFive = 0
  /// The mean of the loss over the images.
  package var loss = 0.0
  /// Rows: the true class; columns: the one that the network chose.
  package var confusion: [[Int]]

  package var accuracy: Double { images == 0 ? 0 : Double(correct) / Double(images) }
  package var topFive: Double { images == 0 ? 0 : Double(correctInFive) / Double(images) }

  private init(classes: Int) {
    confusion = Array(repeating: Array(repeating: 0, count: classes), count: classes)
  }

  /// Runs a network over all images of a data set.
  /// - Parameters:
  ///   - threads: how many sessions run at once, each with a part of the images; the result is the same.
  /// - Throws: what is wrong with the network's output, an image, or a label that is none of its classes.
  package static func run(
    _ model: Model, weights: WeightsSource, on data: any ImageDataset, batch: Int, threads: Int
  ) throws(Diagnostics) -> Evaluation {
    let runner = try BatchRunner(
      model: model, weights: weights, batch: min(batch, max(data.count, 1)), outputs: [model.logits.name],
      threads: threads)
    let shape = runner.outputs[0].shape
    guard shape.dropFirst().allSatisfy({ $0 == 1 }) else {
      throw Diagnostics(
        Diagnostic(
          .inputShape,
          "`\(model.name)` returns \(shape.map(String.init).joined(separator: "x")), no scores of classes",
          at: .none, help: ["`eval` needs a network that ends in one number a class"]))
    }
    let labels = try ClassLabels(of: data, for: model, classes: shape[0]).numbers
    let preprocessor = try model.preprocessor()
    let measure = ScoreMeasure(model)
    let results = try runner.map(count: data.count, threads: threads) { (index) throws(Diagnostics) in
      try preprocessor.tensor(from: data.image(index), name: data.path(index))
    } transform: { index, values, _ in
      measure(values[0], label: labels[index])
    }
    var evaluation = Evaluation(classes: shape[0])
    for (index, item) in results.enumerated() {
      evaluation.loss += item.loss
      evaluation.confusion[labels[index]][item.chosen] += 1
      if item.chosen == labels[index] { evaluation.correct += 1 }
      if item.isInFive { evaluation.correctInFive += 1 }
    }
    evaluation.images = data.count
    evaluation.loss /= Double(max(data.count, 1))
    return evaluation
  }
}
