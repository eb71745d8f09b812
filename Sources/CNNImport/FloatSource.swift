import CNNProtobuf

/// Floats that are made when somebody asks for them, since there may be gigabytes.
package indirect enum FloatSource: Sendable {
  /// Of a file: little-endian, in parts.
  case stored([ByteSlice])
  /// Of a file, in another format.
  case encoded(ByteSlice, FloatFormat)
  /// One number many times.
  case splat(Float, count: Int)
  case values([Float])
  /// A matrix with its rows and columns exchanged; `rows` are those of the matrix as it's stored.
  case transposed(FloatSource, rows: Int, columns: Int)
  case scaled(FloatSource, by: Float)
  /// A tensor of some dimensions with these in another order, as NumPy's `transpose` has it.
  case permuted(FloatSource, dimensions: [Int], order: [Int])

  package func values() -> [Float] {
    switch self {
    case .stored(let parts):
      if parts.count == 1 { return parts[0].elements(as: Float.self) }
      return parts.flatMap { $0.elements(as: Float.self) }
    case .encoded(let bytes, let format): return format.floats(bytes)
    case .permuted(let source, let dimensions, let order):
      return Self.permuted(source.values(), dimensions, order)
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

  private static func permuted(_ values: [Float], _ dimensions: [Int], _ order: [Int]) -> [Float] {
    var strides = [Int](repeating: 1, count: dimensions.count)
    for axis in dimensions.indices.dropLast().reversed() {
      strides[axis] = strides[axis + 1] * dimensions[axis + 1]
    }
    let (sides, steps) = (order.map { dimensions[$0] }, order.map { strides[$0] })
    var place = [Int](repeating: 0, count: sides.count)
    var offset = 0
    return [Float](unsafeUninitializedCapacity: values.count) { buffer, count in
      for index in values.indices {
        buffer[index] = values[offset]
        for axis in sides.indices.reversed() {
          place[axis] += 1
          offset += steps[axis]
          if place[axis] < sides[axis] { break }
          offset -= sides[axis] * steps[axis]
          place[axis] = 0
        }
      }
      count = values.count
    }
  }

  /// The number that all elements are, if they are one; reads them all.
  package var single: Float? {
    if case .splat(let value, _) = self { return value }
    let values = values()
    guard let first = values.first, values.allSatisfy({ $0 == first }) else { return nil }
    return first
  }
}
