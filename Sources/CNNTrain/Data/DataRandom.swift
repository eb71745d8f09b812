import CNNGraph

/// Random numbers of the training data, one sequence for each use, epoch and image.
///
/// Every number is a hash of what it is for (``RandomState``), so the numbers depend neither on threads nor
/// on the order in which they are drawn.
struct DataRandom {
  /// What the numbers are for; negative, where a training step's own streams count from 0.
  enum Use: Hashable {
    case order
    case heldOut
    /// The augmentation of this position in the recipe.
    case augmentation(Int)

    fileprivate var stream: Int {
      switch self {
      case .order: -1
      case .heldOut: -2
      case .augmentation(let position): -16 - position
      }
    }
  }

  private let state: RandomState
  private let stream: Int
  private var place: UInt64

  /// The numbers of one image; a sequence has room for 2^16 before it meets the next image's.
  init(_ use: Use, seed: UInt64, epoch: Int = 0, image: Int = 0) {
    precondition(epoch >= 0 && image >= 0)
    state = RandomState(seed: seed, step: UInt64(epoch))
    stream = use.stream
    place = UInt64(image) << 16
  }

  /// 64 random bits.
  mutating func bits() -> UInt64 {
    defer { place &+= 1 }
    return state.bits(stream: stream, place: place)
  }

  /// A number of `0..<bound`, each as likely as the others.
  ///
  /// Lemire, Fast random integer generation in an interval, arXiv:1805.10941.
  mutating func below(_ bound: Int) -> Int {
    precondition(bound > 0)
    let range = UInt64(bound)
    var product = bits().multipliedFullWidth(by: range)
    if product.low < range {
      // 2^64 is no multiple of the bound: the first numbers of each interval are drawn again.
      let surplus = (0 &- range) % range
      while product.low < surplus { product = bits().multipliedFullWidth(by: range) }
    }
    return Int(product.high)
  }

  /// A number of `range`, each as likely as the others.
  mutating func number(in range: ClosedRange<Int>) -> Int {
    range.lowerBound + below(range.count)
  }

  /// A number from 0 up to, but not including, 1, in steps of 2^-53.
  mutating func unit() -> Double { Double(bits() >> 11) * 0x1p-53 }

  /// Shuffles as Fisher and Yates do: every order is as likely as the others.
  mutating func shuffle(_ numbers: inout [Int]) {
    guard numbers.count > 1 else { return }
    numbers.withUnsafeMutableBufferPointer { numbers in
      for last in stride(from: numbers.count - 1, to: 0, by: -1) { numbers.swapAt(last, below(last + 1)) }
    }
  }
}
