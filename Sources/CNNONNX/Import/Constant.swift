import CNNGraph
import CNNImport

/// A tensor that is known when a model is imported: an initializer, or what nodes compute of such.
package struct Constant: Sendable {
  package enum Elements: Sendable {
    case floats(FloatSource)
    /// Of any type of integers; what shapes are computed with.
    case integers([Int])
  }

  package var dimensions: [Int]
  package var elements: Elements
  /// What the model calls it first: reshaped weights are still those weights.
  var name: String?

  /// Elements; nobody makes a constant whose dimensions are not sound.
  package var count: Int { dimensions.reduce(1, *) }

  package init(_ dimensions: [Int], _ elements: Elements) {
    self.dimensions = dimensions
    self.elements = elements
  }

  package init(_ dimensions: [Int], floats: [Float]) {
    precondition(dimensions.reduce(1, *) == floats.count, "\(floats.count) are not \(dimensions)")
    self.init(dimensions, .floats(.values(floats)))
  }

  /// A vector.
  package init(integers: [Int]) { self.init([integers.count], .integers(integers)) }

  package var integers: [Int]? { if case .integers(let values) = elements { values } else { nil } }

  package var floats: FloatSource? { if case .floats(let source) = elements { source } else { nil } }

  /// Whether dimensions are not negative, and no product of any of them overflows, even where one is 0.
  static func isSound(_ dimensions: [Int]) -> Bool {
    dimensions.allSatisfy { $0 >= 0 } && CheckedInteger.product(dimensions.map { max($0, 1) }).value != nil
  }

  /// Elements of integer constants that are read: shapes are short.
  static let mostIntegers = 1 << 20
}
