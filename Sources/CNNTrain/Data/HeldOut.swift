/// The images that are trained on and those that are held out to validate, both ascending.
///
/// Every class keeps its share, up to one image of rounding; a class that has images keeps at least one to
/// train on.
package struct HeldOut: Hashable, Sendable {
  package let training: [Int]
  /// Empty for a share of 0, and for one that is less than half an image.
  package let validation: [Int]

  /// - Parameters:
  ///   - labels: the class of every image, from 0.
  ///   - share: of the images to hold out, in `0..<1`.
  ///   - seed: which images they are; the same seed holds out the same.
  package init(labels: [Int], share: Double, seed: UInt64) {
    precondition((0..<1).contains(share) && labels.allSatisfy { $0 >= 0 })
    var order = Array(labels.indices)
    var random = DataRandom(.heldOut, seed: seed)
    random.shuffle(&order)
    var room = Self.quotas(labels, share: share, order: order)
    var isHeldOut = [Bool](repeating: false, count: labels.count)
    for index in order where room[labels[index]] > 0 {
      room[labels[index]] -= 1
      isHeldOut[index] = true
    }
    training = labels.indices.filter { !isHeldOut[$0] }
    validation = labels.indices.filter { isHeldOut[$0] }
  }

  /// How many images of each class to hold out: its share rounded down, then one more for the classes that
  /// lost most by that until the whole has its share; among equals those first whose image comes first in
  /// the shuffled order, so that no class is preferred for its number.
  private static func quotas(_ labels: [Int], share: Double, order: [Int]) -> [Int] {
    var counts = [Int](repeating: 0, count: (labels.max() ?? -1) + 1)
    var ranks: [Int] = []
    for index in order {
      if counts[labels[index]] == 0 { ranks.append(labels[index]) }
      counts[labels[index]] += 1
    }
    let exact = counts.map { Double($0) * share }
    var quotas = zip(counts, exact).map { min(Int($1), max($0 - 1, 0)) }
    var rest = Int((Double(labels.count) * share).rounded()) - quotas.reduce(0, +)
    let losers = ranks.enumerated().sorted { first, second in
      let (one, other) = (exact[first.element], exact[second.element])
      let (left, right) = (one - one.rounded(.down), other - other.rounded(.down))
      return left == right ? first.offset < second.offset : left > right
    }
    for (_, label) in losers where rest > 0 && quotas[label] < counts[label] - 1 {
      quotas[label] += 1
      rest -= 1
    }
    return quotas
  }
}
