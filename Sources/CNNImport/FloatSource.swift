import CNNProtobuf

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
  package var single: Float? {
    if case .splat(let value, _) = self { return value }
    let values = values()
    guard let first = values.first, values.allSatisfy({ $0 == first }) else { return nil }
    return first
  }
}
