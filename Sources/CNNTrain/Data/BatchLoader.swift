import CNNImages
import CNNSpec

/// Some images of an epoch, ready for a training step.
package struct TrainingBatch: Hashable, Sendable {
  /// Augmented and normalised, `[N][C][H][W]`.
  package var images: [Float]
  /// The class of each image.
  package var labels: [Int]
  package var epoch: Int
  /// Which images of the epoch's order these are.
  package var range: Range<Int>

  /// Number of images.
  package var count: Int { range.count }
}

/// Hands out the batches of a training run in order, read ahead by threads of its own.
///
/// Every bit of a batch follows from the seed, the epoch and the position, so neither the number of readers
/// nor the place where a run was resumed changes any. The readers go on into the next epoch while the
/// consumer still ends this one, never further ahead than three batches.
package final class BatchLoader {
  /// What a run reads.
  package struct Source: Sendable {
    package var dataset: any ImageDataset
    /// The class of each image of the data set.
    package var labels: [Int]
    /// The images to train on, by their numbers in the data set.
    package var indices: [Int]
    package var preprocessor: Preprocessor
    package var augmenter: Augmenter

    /// - Precondition: a label for each image of the data set, at least one index, all of them in the data set.
    package init(
      dataset: any ImageDataset, labels: [Int], indices: [Int], preprocessor: Preprocessor,
      augmenter: Augmenter
    ) {
      precondition(labels.count == dataset.count && !indices.isEmpty)
      precondition(indices.allSatisfy(labels.indices.contains))
      self.dataset = dataset
      self.labels = labels
      self.indices = indices
      self.preprocessor = preprocessor
      self.augmenter = augmenter
    }
  }

  private let source: Source
  private let epochs: Int
  /// What the next call of `next()` is about.
  package private(set) var epoch: Int
  package private(set) var position: Int
  private let queue: Monitor<BatchQueue>
  private var threads: [JoinableThread] = []
  /// Where the pieces of a batch are put together.
  private var spare: [[Float]] = []
  private var failure: Diagnostics?

  /// Starts to read.
  /// - Parameters:
  ///   - batch: images of a batch; the last of an epoch may have fewer.
  ///   - seed: of the order of the images; the augmenter has its own.
  ///   - epochs: the number of epochs of the whole run.
  ///   - epoch: the epoch to start with, from 0.
  ///   - position: the images of that epoch that were handed out before.
  ///   - readers: threads that decode and augment.
  /// - Throws: `.memoryLimit` where the system gives no threads; what is wrong with the first image.
  package init(
    _ source: Source, batch: Int, seed: UInt64, epochs: Int, epoch: Int = 0, position: Int = 0,
    readers: Int
  ) throws(Diagnostics) {
    precondition(batch > 0 && readers > 0 && (0...epochs).contains(epoch))
    precondition((0...source.indices.count).contains(position) && (epoch < epochs || position == 0))
    self.source = source
    self.epochs = epochs
    self.epoch = epoch
    self.position = position
    queue = Monitor(
      BatchQueue(
        order: EpochOrder(indices: source.indices, seed: seed), epochs: epochs, batch: batch,
        readers: readers, epoch: epoch, position: position))
    let images = try PreparedImages(source.dataset, source.preprocessor, count: source.indices.count)
    // The threads hold what they share, not the loader: so that can go, and end them.
    let (queue, preprocessor, augmenter) = (queue, source.preprocessor, source.augmenter)
    for _ in 0..<readers {
      do throws(Diagnostics) {
        threads.append(
          try JoinableThread { Self.read(queue, images, preprocessor: preprocessor, augmenter: augmenter) })
      } catch {
        cancel()
        throw error
      }
    }
  }

  deinit { cancel() }

  /// The next batch, or nil at the end of each epoch; after the last epoch nil only.
  /// - Throws: what is wrong with the first image of the batch that cannot be read, and from then on always.
  package func next() throws(Diagnostics) -> TrainingBatch? {
    if let failure { throw failure }
    guard epoch < epochs else { return nil }
    guard position < source.indices.count else {
      (epoch, position) = (epoch + 1, 0)
      return nil
    }
    precondition(!threads.isEmpty, "the loader was cancelled")
    var batch = queue.wait { $0.fetch() }
    precondition(batch.epoch == epoch && batch.range.lowerBound == position)
    position = batch.range.upperBound
    do throws(Diagnostics) {
      return TrainingBatch(
        images: try join(&batch), labels: batch.indices.map { source.labels[$0] }, epoch: epoch,
        range: batch.range)
    } catch {
      failure = error
      cancel()
      throw error
    }
  }

  /// Takes a batch that is no longer needed, whose memory then serves another one.
  package func recycle(_ batch: consuming TrainingBatch) {
    // Of one piece a batch is the piece itself.
    if threads.count == 1 {
      let images = batch.images
      queue.change { $0.recycle(images) }
    } else if spare.isEmpty {
      spare.append(batch.images)
    }
  }

  /// Ends the readers and waits for them; batches that were read ahead are lost.
  package func cancel() {
    queue.change { $0.cancel() }
    for thread in threads { thread.join() }
    threads = []
  }

  /// The values of all pieces behind each other.
  private func join(_ batch: inout BatchQueue.Batch) throws(Diagnostics) -> [Float] {
    var parts: [[Float]] = []
    for part in batch.parts {
      guard let part else { preconditionFailure("a batch is fetched when all of it is there") }
      parts.append(try part.get())
    }
    // A buffer that something still refers to would be copied when a reader writes into it.
    batch.parts = []
    if parts.count == 1 { return parts[0] }
    var images = spare.popLast() ?? []
    images.removeAll(keepingCapacity: true)
    images.reserveCapacity(batch.range.count * source.preprocessor.count)
    for part in parts { images += part }
    queue.change { queue in
      while let part = parts.popLast() { queue.recycle(part) }
    }
    return images
  }

  /// What a reader does all its life.
  private static func read(
    _ queue: Monitor<BatchQueue>, _ images: PreparedImages, preprocessor: Preprocessor, augmenter: Augmenter
  ) {
    while case .read(var piece) = queue.wait({ $0.take() }) {
      var failure: Diagnostics?
      do throws(Diagnostics) {
        piece.values.resize(to: piece.indices.count * preprocessor.count)
        for (number, index) in piece.indices.enumerated() {
          augmenter.fill(
            &piece.values, at: number * preprocessor.count, from: try images(index), with: preprocessor,
            epoch: piece.epoch, index: index)
        }
      } catch {
        failure = error
      }
      queue.change { $0.finish(piece, failure) }
    }
  }
}

extension [Float] {
  /// Cuts off, or adds zeros.
  fileprivate mutating func resize(to size: Int) {
    if count > size {
      removeLast(count - size)
    } else {
      append(contentsOf: repeatElement(0, count: size - count))
    }
  }
}
