import CNNSpec

/// How far a run has come: with the tensors, all that an exact resume needs. What is random in a step depends
/// on the seed and these counts alone.
package struct RunState: Hashable, Sendable {
  /// The best epoch so far, by the validation images' accuracy, or without any by the training loss.
  package struct Best: Hashable, Sendable {
    package var epoch: Int
    package var accuracy: Double
    package var loss: Double
  }

  /// Whole epochs that are done.
  package var epoch = 0
  /// Steps that are done, of all epochs.
  package var step = 0
  /// Images of the epoch under way that are done, the sum of their losses, and how many were right.
  package var images = 0
  package var loss = 0.0
  package var correct = 0
  package var best: Best?
  /// Bytes of the metrics file that were there.
  package var metricsBytes = 0

  package init() {}

  /// Whether a run over so many images can have come here.
  package func isReachable(images count: Int, batch: Int) -> Bool {
    let steps = count.batches(of: batch)
    let (whole, overflow) = epoch.multipliedReportingOverflow(by: steps)
    return !overflow && images < count && images % batch == 0 && correct <= images && loss.isFinite
      && step == whole + images / batch
  }

  /// What an epoch begins with.
  package mutating func beginEpoch() { (images, loss, correct) = (0, 0, 0) }
}

// As texts, reals by their bits.
extension RunState {
  var texts: [(key: String, value: String)] {
    var texts = [
      ("epoch", "\(epoch)"), ("step", "\(step)"), ("images", "\(images)"), ("loss", Self.text(loss)),
      ("correct", "\(correct)"), ("metrics_bytes", "\(metricsBytes)"),
    ]
    if let best {
      texts += [
        ("best_epoch", "\(best.epoch)"), ("best_accuracy", Self.text(best.accuracy)),
        ("best_loss", Self.text(best.loss)),
      ]
    }
    return texts
  }

  /// Nil where a text is missing or none of ours.
  init?(texts: [String: String]) {
    func integer(_ key: String) -> Int? { texts[key].flatMap { Int($0) }.flatMap { $0 >= 0 ? $0 : nil } }
    func real(_ key: String) -> Double? {
      texts[key].flatMap { UInt64($0, radix: 16) }.map(Double.init(bitPattern:))
    }
    guard let epoch = integer("epoch"), let step = integer("step"), let images = integer("images"),
      let loss = real("loss"), let correct = integer("correct"), let bytes = integer("metrics_bytes")
    else { return nil }
    (self.epoch, self.step, self.images, self.loss) = (epoch, step, images, loss)
    (self.correct, metricsBytes) = (correct, bytes)
    if texts["best_epoch"] != nil {
      guard let epoch = integer("best_epoch"), let accuracy = real("best_accuracy"),
        let loss = real("best_loss")
      else { return nil }
      best = Best(epoch: epoch, accuracy: accuracy, loss: loss)
    }
  }

  private static func text(_ real: Double) -> String { String(real.bitPattern, radix: 16) }
}

extension RunState {
  /// Whether an epoch is the best so far, which it then becomes: by the accuracy on the validation images and
  /// then the loss; without any, by the training loss.
  mutating func isBest(_ lines: [EpochMetrics]) -> Bool {
    guard let line = lines.last else { return false }
    let isValidated = line.split == .validation
    if let best {
      let isBetter =
        isValidated && line.accuracy != best.accuracy ? line.accuracy > best.accuracy : line.loss < best.loss
      guard isBetter else { return false }
    }
    best = Best(epoch: line.epoch, accuracy: line.accuracy, loss: line.loss)
    return true
  }
}
