import CNNProtobuf

/// How a file may have numbers beside 32-bit floats; all are little-endian.
package enum FloatFormat: Sendable {
  /// IEEE 754's of 16 bits.
  case half
  /// The upper 16 bits of a 32-bit float.
  case brain
  case double

  /// What safetensors files call them.
  static let safetensors: [String: FloatFormat] = ["F16": .half, "BF16": .brain, "F64": .double]

  package var byteCount: Int { self == .double ? 8 : 2 }

  /// The numbers as 32-bit floats; those of 64 bits are rounded to the nearest.
  package func floats(_ bytes: ByteSlice) -> [Float] {
    switch self {
    case .half: bytes.elements(as: UInt16.self).map(Self.half)
    case .brain: bytes.elements(as: UInt16.self).map { Float(bitPattern: UInt32($0) << 16) }
    case .double: bytes.elements(as: Double.self).map { Float($0) }
    }
  }

  /// `Float16` is not there on every platform: sign, five bits of exponent, ten of fraction.
  static func half(_ bits: UInt16) -> Float {
    let sign: Float = bits & 0x8000 == 0 ? 1 : -1
    let (exponent, fraction) = (Int(bits >> 10) & 0x1F, Float(bits & 0x3FF))
    switch exponent {
    case 0: return sign * fraction * 0x1p-24
    case 0x1F: return fraction == 0 ? sign * .infinity : .nan
    default:
      return sign * (1 + fraction * 0x1p-10) * Float(sign: .plus, exponent: exponent - 15, significand: 1)
    }
  }
}
