import CNNSpec

/// What the readers of a ``BatchLoader`` and its consumer share: which images to read next, and the batches
/// that are begun and not yet fetched, in order. A batch is cut into pieces, one for each reader.
struct BatchQueue: Sendable {
  /// Some images of a batch, for one reader to fill.
  struct Piece: Sendable {
    /// Which batch of the run, counted from the first that was begun.
    fileprivate var batch: Int
    /// Which part of the batch.
    fileprivate var part: Int
    var epoch: Int
    /// The images, by their numbers in the data set.
    var indices: [Int]
    /// Where to put their values; of any size and content.
    var values: [Float]
  }

  /// A batch that is read.
  struct Batch: Sendable {
    var epoch: Int
    var range: Range<Int>
    var indices: [Int]
    /// The values of its pieces; nil while one is being read.
    var parts: [Result<[Float], Diagnostics>?]
    fileprivate var taken = 0
    fileprivate var unfinished: Int

    /// The images of a part: equal shares, up to one image.
    fileprivate func share(_ part: Int) -> ArraySlice<Int> {
      indices[indices.count * part / parts.count..<indices.count * (part + 1) / parts.count]
    }
  }

  private let order: EpochOrder
  private let epochs: Int
  private let batch: Int
  private let readers: Int
  /// The next batch to begin.
  private var epoch: Int
  private var position: Int
  /// The order of the epoch numbered.
  private var shuffled: (epoch: Int, indices: [Int])?
  /// Begun, and not yet fetched.
  private var batches: [Batch] = []
  private var fetched = 0
  /// Buffers to use again.
  private var spare: [[Float]] = []
  private(set) var isCancelled = false

  /// Batches that may be begun and not yet fetched.
  static let depth = 3

  init(order: EpochOrder, epochs: Int, batch: Int, readers: Int, epoch: Int, position: Int) {
    self.order = order
    self.epochs = epochs
    self.batch = batch
    self.readers = readers
    self.epoch = epoch
    self.position = position
  }

  /// What a reader does next.
  enum Task: Sendable {
    case read(Piece)
    case stop
  }

  /// The next piece, or nil where there is none until the consumer has fetched a batch.
  mutating func take() -> Task? {
    if isCancelled { return .stop }
    if batches.last.map({ $0.taken == $0.parts.count }) ?? true {
      let isAtEnd = position >= order.indices.count
      guard epoch + (isAtEnd ? 1 : 0) < epochs else { return .stop }
      guard batches.count < Self.depth else { return nil }
      if isAtEnd { (epoch, position) = (epoch + 1, 0) }
      begin()
    }
    let last = batches.count - 1
    let part = batches[last].taken
    batches[last].taken += 1
    return .read(
      Piece(
        batch: fetched + last, part: part, epoch: batches[last].epoch,
        indices: Array(batches[last].share(part)), values: spare.popLast() ?? []))
  }

  private mutating func begin() {
    let indices: [Int]
    if let shuffled, shuffled.epoch == epoch {
      indices = shuffled.indices
    } else {
      indices = order(epoch: epoch)
      shuffled = (epoch, indices)
    }
    let range = position..<min(position + batch, indices.count)
    let parts = min(readers, range.count)
    batches.append(
      Batch(
        epoch: epoch, range: range, indices: Array(indices[range]),
        parts: Array(repeating: nil, count: parts), unfinished: parts))
    position = range.upperBound
  }

  /// Takes back a piece that is read, or what was wrong with it.
  mutating func finish(_ piece: consuming Piece, _ failure: Diagnostics?) {
    let place = piece.batch - fetched
    // A batch leaves when all of its pieces are there, so this one's still waits.
    precondition(batches.indices.contains(place) && batches[place].parts[piece.part] == nil)
    batches[place].unfinished -= 1
    batches[place].parts[piece.part] = failure.map { .failure($0) } ?? .success(piece.values)
  }

  /// The next batch, or nil while it is being read.
  mutating func fetch() -> Batch? {
    guard let first = batches.first, first.unfinished == 0 else { return nil }
    batches.removeFirst()
    fetched += 1
    return first
  }

  /// Takes a buffer to use it again.
  mutating func recycle(_ buffer: consuming [Float]) {
    if spare.count < Self.depth * readers { spare.append(buffer) }
  }

  /// No more pieces are handed out.
  mutating func cancel() { isCancelled = true }
}
