import CNNGraph

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

/// Floats that are made when somebody asks for them, since there may be gigabytes.
package indirect enum FloatSource: Sendable {
  /// Of a file: little-endian, in parts.
  case stored([ByteSlice])
  /// One number many times.
  case splat(Float, count: Int)
  case values([Float])
  /// A matrix with its rows and columns exchanged; `rows` are those of the matrix as it's stored.
  case transposed(FloatSource, rows: Int, columns: Int)
  case scaled(FloatSource, by: Float)

  package func values() -> [Float] {
    switch self {
    case .stored(let parts):
      if parts.count == 1 { return parts[0].elements(as: Float.self) }
      return parts.flatMap { $0.elements(as: Float.self) }
    case .splat(let value, let count): return [Float](repeating: value, count: count)
    case .values(let values): return values
    case .scaled(let source, let factor): return source.values().map { $0 * factor }
    case .transposed(let source, let rows, let columns):
      let values = source.values()
      return [Float](unsafeUninitializedCapacity: values.count) { buffer, count in
        for column in 0..<columns {
          for row in 0..<rows { buffer[column * rows + row] = values[row * columns + column] }
        }
        count = values.count
      }
    }
  }

  /// The number that all elements are, where that can be told without reading a large tensor.
  var single: Float? {
    if case .splat(let value, _) = self { return value }
    let values = values()
    guard let first = values.first, values.allSatisfy({ $0 == first }) else { return nil }
    return first
  }
}
