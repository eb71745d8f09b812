import CNNEmbedding
import CNNSpec

/// A line of `metrics.jsonl`: what an epoch came to on a part of the data.
package struct EpochMetrics: Hashable, Sendable {
  package enum Split: String, Sendable { case train, validation }

  /// From 1.
  package var epoch: Int
  /// Steps since the run began.
  package var step: Int
  package var split: Split
  /// The mean over the images; in training as each step found it, before its update.
  package var loss: Double
  package var accuracy: Double
  /// Of the epoch's last step.
  package var learningRate: Double
  package var imagesPerSecond: Double
  /// A ``ContentHash`` of the weights after the epoch, their bytes in the order of the weights file.
  package var weights: String

  var json: JSONValue {
    .object([
      "epoch": .integer(epoch), "step": .integer(step), "split": .string(split.rawValue),
      "loss": .number(loss), "accuracy": .number(accuracy), "learning_rate": .number(learningRate),
      "images_per_second": .number((imagesPerSecond * 10).rounded() / 10), "weights": .string(weights),
    ])
  }
}
