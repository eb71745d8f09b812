import CNNImages
import CNNSpec
import Synchronization

/// A data set's images in the network's size and colour, still in bytes.
///
/// What is decoded or resized is kept where all of it fits in a limited memory; past that every epoch does
/// it again. Images that lie in memory in the right size are not kept a second time.
final class PreparedImages: Sendable {
  private let dataset: any ImageDataset
  private let preprocessor: Preprocessor
  /// By the image's number; nil where nothing is kept.
  private let kept: Mutex<[Image?]>?

  /// Bytes up to which images are kept.
  static let limit = 1 << 30
  /// Bytes that an image takes besides its pixels.
  private static let overhead = 80

  /// - Parameters:
  ///   - count: how many of the data set's images will be asked for.
  ///   - limit: bytes up to which they are kept.
  /// - Throws: what is wrong with the first image, where that has to be looked at.
  init(
    _ dataset: any ImageDataset, _ preprocessor: Preprocessor, count: Int, limit: Int = limit
  ) throws(Diagnostics) {
    self.dataset = dataset
    self.preprocessor = preprocessor
    let (bytes, overflow) = count.multipliedReportingOverflow(by: preprocessor.count + Self.overhead)
    let fits = !overflow && bytes <= limit
    // All images of a data set in memory have one size.
    let isReady = dataset.isInMemory ? preprocessor.leavesUnchanged(try dataset.image(0)) : false
    kept = fits && !isReady ? Mutex([Image?](repeating: nil, count: dataset.count)) : nil
  }

  /// Whether an image is prepared once only.
  var keepsImages: Bool { kept != nil }

  /// - Throws: `.unreadableFile`, `.inputFile` for an image that cannot be read, with its file's name.
  func callAsFunction(_ index: Int) throws(Diagnostics) -> Image {
    if let image = kept?.withLock({ $0[index] }) { return image }
    let image = try preprocessor.prepared(dataset.image(index), name: dataset.path(index))
    kept?.withLock { $0[index] = image }
    return image
  }
}
