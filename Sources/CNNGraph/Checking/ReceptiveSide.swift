import CNNSpec

/// Which pixels of the network's input the elements of a layer's output see, along one side.
///
/// From one element to the next they move by the strides' product (Araujo, Norris, Sim: Computing Receptive Fields of
/// Convolutional Neural Networks, Distill 2019); behind upsampling only every few elements, which see the same or
/// overlapping pixels in between. So this is a list of what one period of elements sees; the next period's elements
/// see the same, `advance` pixels on. A window's pixels are those from the first to the last that it reads; in
/// padding they lie outside of the image.
package struct ReceptiveSide: Hashable, Sendable {
  /// Nil for an element that sees nothing, between the windows of a transposed convolution.
  private var elements: [Range<Int>?]
  private var advance: Int

  /// Beyond these, fields are not known: they would say nothing, and take long.
  private static let longestPeriod = 1 << 12
  private static let largestNumber = 1 << 24

  static let input = ReceptiveSide(elements: [0..<1], advance: 1)

  private init(elements: [Range<Int>?], advance: Int) {
    self.elements = elements
    self.advance = advance
  }

  /// Pixels that an element sees, the most that any does.
  package var size: Int { elements.reduce(0) { max($0, $1?.count ?? 0) } }
  /// Pixels from one element's to the next one's, on average: a fraction behind upsampling.
  package var stride: Double { Double(advance) / Double(elements.count) }
  /// The first pixel of the first element that sees any: negative in the padding.
  package var offset: Int { elements.lazy.compactMap(\.?.lowerBound).first ?? 0 }

  /// What an element sees.
  package subscript(element: Int) -> Range<Int>? {
    let (period, phase) = element.floorDivided(by: elements.count)
    return elements[phase].map { $0.shifted(by: period * advance) }
  }

  /// What some elements see together.
  private subscript(range: ClosedRange<Int>) -> Range<Int>? {
    // Later elements see later pixels; those that see nothing come between others.
    guard let first = range.lazy.compactMap({ self[$0] }).first,
      let last = range.reversed().lazy.compactMap({ self[$0] }).first
    else { return nil }
    return first.lowerBound..<max(first.upperBound, last.upperBound)
  }

  /// The fields of a layer whose element i reads the elements `range(i)`, which advance by `step` elements every
  /// `period` of the layer's; nil where that is too much.
  private func reading(
    period: Int, step: Int, _ range: (Int) -> ClosedRange<Int>?
  ) -> Self? {
    // Both sides come back to where they began together.
    let turns = elements.count / elements.count.greatestCommonDivisor(step)
    let (count, isTooLong) = turns.multipliedReportingOverflow(by: period)
    guard !isTooLong, count <= Self.longestPeriod else { return nil }
    let moved = turns * step / elements.count
    let (pixels, isTooFar) = moved.multipliedReportingOverflow(by: advance)
    guard !isTooFar, pixels <= Self.largestNumber else { return nil }
    let fields = (0..<count).map { range($0).flatMap { self[$0] } }
    let isSmall = fields.allSatisfy { field in
      guard let field else { return true }
      return field.lowerBound >= -Self.largestNumber && field.upperBound <= Self.largestNumber
    }
    return isSmall ? Self(elements: fields, advance: pixels) : nil
  }

  private static func areSmall(_ numbers: Int...) -> Bool {
    numbers.allSatisfy { $0 >= -largestNumber && $0 <= largestNumber }
  }

  /// Behind a window.
  func window(extent: Int, stride: Int, before: Int) -> Self? {
    guard Self.areSmall(extent, stride, before) else { return nil }
    return reading(period: 1, step: stride) { element in
      let first = element * stride - before
      return first...first + extent - 1
    }
  }

  /// Behind a transposed window: output o reads the inputs i with i*S - P <= o < i*S - P + F.
  func transposed(kernel: Int, stride: Int, before: Int) -> Self? {
    guard Self.areSmall(kernel, stride, before) else { return nil }
    return reading(period: stride, step: 1) { element in
      // Rounded up, and down.
      let first = -(kernel - 1 - element - before).floorDivided(by: stride).quotient
      let last = (element + before).floorDivided(by: stride).quotient
      return first <= last ? first...last : nil
    }
  }

  /// Behind linear interpolation of `factor` elements for one: output o lies at (o + 1/2) / factor - 1/2.
  func interpolated(factor: Int) -> Self? {
    guard Self.areSmall(factor) else { return nil }
    return reading(period: factor, step: 1) { element in
      let (first, rest) = (2 * element + 1 - factor).floorDivided(by: 2 * factor)
      return first...(rest == 0 ? first : first + 1)
    }
  }

  /// Behind what reads all of the side's elements, and returns one.
  func whole(length: Int) -> Self? {
    guard Self.areSmall(length), length > 0 else { return nil }
    return Self(elements: elements.map { _ in self[0...length - 1] }, advance: advance)
  }

  /// What either sees. Where they do not advance alike, as a gate that sees all of the image does not, the slower
  /// one's advance counts, and what the other's first elements see.
  func union(_ other: Self) -> Self? {
    if stride > other.stride { return other.union(self) }
    let common = elements.count.greatestCommonDivisor(other.elements.count)
    let (count, isTooLong) = elements.count.multipliedReportingOverflow(by: other.elements.count / common)
    let period = stride == other.stride ? count : elements.count
    guard !isTooLong, period <= Self.longestPeriod else { return nil }
    let fields = (0..<period).map { element -> Range<Int>? in
      guard let mine = self[element], let theirs = other[element] else {
        return self[element] ?? other[element]
      }
      return min(mine.lowerBound, theirs.lowerBound)..<max(mine.upperBound, theirs.upperBound)
    }
    return Self(elements: fields, advance: advance * (period / elements.count))
  }
}

extension Int {
  /// The quotient rounded down and what is left, not negative; for a positive divisor.
  fileprivate func floorDivided(by divisor: Int) -> (quotient: Int, rest: Int) {
    let (quotient, rest) = quotientAndRemainder(dividingBy: divisor)
    return rest < 0 ? (quotient - 1, rest + divisor) : (quotient, rest)
  }

  fileprivate func greatestCommonDivisor(_ other: Int) -> Int {
    var (a, b) = (self, other)
    while b != 0 { (a, b) = (b, a % b) }
    return a
  }
}

extension Range<Int> {
  fileprivate func shifted(by distance: Int) -> Self { lowerBound + distance..<upperBound + distance }
}
