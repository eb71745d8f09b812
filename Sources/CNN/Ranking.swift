/// A class and how the network scored it.
public struct ScoredClass: Hashable, Sendable {
  /// Its place among the network's scores, from 0.
  public let index: Int
  /// What the spec's `classes` call it, or its number where they are not given.
  public let label: String
  /// What the network returned for it: a probability behind softmax.
  public let score: Float
}

extension Model {
  /// The best classes of one image, best first.
  ///
  ///     let best = model.ranking(of: scores, top: 1)[0]
  ///     print(best.label, best.score)
  ///
  /// - Parameters:
  ///   - scores: one number a class: what the network returned for an image. Large is good, but behind an `rbf` layer,
  ///     which returns distances.
  ///   - count: how many classes are wanted; fewer are returned where there are fewer.
  public func ranking(of scores: some Sequence<Float>, top count: Int = 5) -> [ScoredClass] {
    let scores = Array(scores)
    return Ranking(model: self, isRenamed: false, top: count).top(of: scores, shape: [scores.count])
  }
}

/// The classes of an output in the order of their scores.
package struct Ranking: Sendable {
  private let classes: [String]?
  /// Whether small is good: an RBF layer returns distances.
  private let isDistance: Bool
  private let top: Int

  /// - Parameter isRenamed: whether the output is not the network's own.
  package init(model: Model, isRenamed: Bool, top: Int) {
    classes = model.classes
    isDistance = !isRenamed && model.endsInDistances
    self.top = max(0, top)
  }

  /// The best classes, or none where the output is no vector.
  package func top(of values: [Float], shape: [Int]) -> [ScoredClass] {
    guard shape.dropFirst().allSatisfy({ $0 == 1 }) else { return [] }
    let order = values.indices.sorted { a, b in
      if values[a] == values[b] || values[a].isNaN || values[b].isNaN {
        return values[a].isNaN == values[b].isNaN ? a < b : values[b].isNaN
      }
      return isDistance ? values[a] < values[b] : values[a] > values[b]
    }
    return order.prefix(top).map { index in
      let label = classes.flatMap { $0.indices.contains(index) ? $0[index] : nil }
      return ScoredClass(index: index, label: label ?? "\(index)", score: values[index])
    }
  }
}
