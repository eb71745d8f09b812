import CNNGraph

/// Counts the numbers of a model that no file of it holds: one number many times, zeros in gaps, constants that are computed
/// of constants. A file of a few bytes may ask for any number of them.
package struct MadeElements {
  /// Of all of them together: 1 GiB, twice VGG-19.
  package static let most = 1 << 28

  private var count = CheckedInteger(0)

  package init() {}

  /// Counts further ones.
  /// - Returns: false, and nothing is counted, where all of them together are too many.
  package mutating func add(_ elements: Int) -> Bool {
    let sum = count + elements
    guard let all = sum.value, all <= Self.most else { return false }
    count = sum
    return true
  }
}
