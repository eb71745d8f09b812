import CNNImages
import CNNSpec
import Synchronization

@testable import CNNTrain

/// Images in memory whose bytes follow from their numbers, and which count how often they are read.
final class TestDataset: ImageDataset {
  let count: Int
  let side: Int
  let classCount = 3
  let classNames: [String]? = nil
  let isInMemory: Bool
  /// The image that cannot be read.
  let broken: Int?
  private let reads = Mutex(0)

  init(count: Int, side: Int = 4, isInMemory: Bool = true, broken: Int? = nil) {
    self.count = count
    self.side = side
    self.isInMemory = isInMemory
    self.broken = broken
  }

  var readCount: Int { reads.withLock { $0 } }

  func label(_ index: Int) -> Int { index % classCount }

  func image(_ index: Int) throws(Diagnostics) -> Image {
    reads.withLock { $0 += 1 }
    if index == broken {
      throw Diagnostics(Diagnostic(.inputFile, "image \(index) is broken", at: .file(path(index))))
    }
    return Image(
      height: side, width: side, channels: 1, pixels: (0..<side * side).map { Self.byte(index, $0) })
  }

  func path(_ index: Int) -> String { "image\(index)" }

  static func byte(_ index: Int, _ pixel: Int) -> UInt8 { UInt8((index * 7 + pixel) % 251) }

  /// Bytes to themselves.
  func preprocessor() throws -> Preprocessor {
    var preprocessing = Preprocessing()
    preprocessing.scale = 1
    return try Preprocessor(preprocessing, channels: 1, height: side, width: side)
  }

  func source(
    indices: [Int]? = nil, _ augmentations: [TrainingRecipe.Augmentation] = [], seed: UInt64 = 1
  ) throws -> BatchLoader.Source {
    BatchLoader.Source(
      dataset: self, labels: labels, indices: indices ?? Array(0..<count), preprocessor: try preprocessor(),
      augmenter: Augmenter(augmentations, seed: seed))
  }
}
