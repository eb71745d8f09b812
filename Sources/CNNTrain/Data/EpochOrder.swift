/// The order in which the training images come, another one every epoch.
package struct EpochOrder: Hashable, Sendable {
  package let indices: [Int]
  package let seed: UInt64

  /// - Parameter indices: the training images.
  package init(indices: [Int], seed: UInt64) {
    self.indices = indices
    self.seed = seed
  }

  /// All the indices, shuffled by the seed and the epoch alone, in time proportional to their number.
  package func callAsFunction(epoch: Int) -> [Int] {
    var order = indices
    var random = DataRandom(.order, seed: seed, epoch: epoch)
    random.shuffle(&order)
    return order
  }
}
