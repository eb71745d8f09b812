/// What the random numbers of a training step depend on, as a tensor [12] that the step reads: each of the
/// three numbers is four pieces of 16 bits, the lowest first, so that a float holds each exactly.
package struct RandomState: Hashable, Sendable {
  package var seed: UInt64
  package var step: UInt64
  /// The number of the first image within the step's batch, where the batch is computed in parts.
  package var firstImage: UInt64

  package static let dimensions = [12]

  package init(seed: UInt64, step: UInt64, firstImage: UInt64 = 0) {
    self.seed = seed
    self.step = step
    self.firstImage = firstImage
  }

  /// From a tensor's elements.
  package init<Scalar: ReferenceScalar>(elements: [Scalar]) {
    func number(_ first: Int) -> UInt64 {
      (0..<4).reduce(0) { $0 | UInt64(elements[first + $1]) << UInt64(16 * $1) }
    }
    self.init(seed: number(0), step: number(4), firstImage: number(8))
  }

  /// The tensor's elements.
  package var elements: [Float] {
    [seed, step, firstImage].flatMap { number in
      (0..<4).map { Float(number >> UInt64(16 * $0) & 0xFFFF) }
    }
  }

  /// 64 random bits.
  package func bits(stream: Int, place: UInt64) -> UInt64 {
    let golden: UInt64 = 0x9E37_79B9_7F4A_7C15
    var key = Self.mix(seed &+ golden)
    key = Self.mix((key ^ step) &+ golden)
    key = Self.mix((key ^ UInt64(bitPattern: Int64(stream))) &+ golden)
    return Self.mix(key &+ (place &+ 1) &* golden)
  }

  /// SplitMix64's finalizer.
  private static func mix(_ number: UInt64) -> UInt64 {
    var z = number
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
