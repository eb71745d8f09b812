import Testing

@testable import CNNGraph

struct ReceptiveSideTests {
  /// What elements see; those that see nothing are not there.
  private typealias Fields = [Int: Range<Int>]

  private struct Numbers {
    var state: UInt64
    mutating func below(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
  }

  /// Random chains of layers, every element's field from its definition.
  @Test func `fields are what the elements see, one by one`() throws {
    for seed in 0..<500 {
      var random = Numbers(state: UInt64(seed))
      var side = ReceptiveSide.input
      var known = -4000...4000
      var before = Fields(uniqueKeysWithValues: known.map { ($0, $0..<$0 + 1) })
      var layers = ""
      for _ in 0..<4 {
        let (kernel, stride, pad) = (1 + random.below(5), 1 + random.below(3), random.below(3))
        let next: ReceptiveSide?
        let reads: (Int) -> [Int]
        switch random.below(3) {
        case 0:
          layers += " window(\(kernel), \(stride), \(pad))"
          next = side.window(extent: kernel, stride: stride, before: pad)
          reads = { element in (0..<kernel).map { element * stride - pad + $0 } }
        case 1:
          layers += " transposed(\(kernel), \(stride), \(pad))"
          next = side.transposed(kernel: kernel, stride: stride, before: pad)
          reads = { element in
            (-300...300).filter { $0 * stride - pad <= element && element < $0 * stride - pad + kernel }
          }
        default:
          layers += " interpolated(\(stride))"
          next = side.interpolated(factor: stride)
          reads = { element in
            let place = (Double(element) + 0.5) / Double(stride) - 0.5
            return (-300...300).filter { abs(Double($0) - place) < 1 - 1e-9 }
          }
        }
        side = try #require(next)
        var result: Fields = [:]
        var elements: [Int] = []
        for element in -40...40 {
          let read = reads(element)
          guard read.allSatisfy(known.contains) else { continue }
          elements.append(element)
          let seen = read.compactMap { before[$0] }
          guard let first = seen.map(\.lowerBound).min(), let last = seen.map(\.upperBound).max() else {
            continue
          }
          result[element] = first..<last
        }
        // Elements that read nothing are known further out than their neighbours.
        var (first, last) = (elements[elements.count / 2], elements[elements.count / 2])
        while elements.contains(first - 1) { first -= 1 }
        while elements.contains(last + 1) { last += 1 }
        (before, known) = (result, first...last)
        for element in known { #expect(side[element] == before[element], "\(layers), element \(element)") }
      }
      #expect(known.allSatisfy { before[$0]?.count ?? 0 <= side.size }, "\(layers)")
    }
  }

  @Test func `branches are seen together, element by element`() throws {
    let wide = try #require(ReceptiveSide.input.window(extent: 5, stride: 2, before: 2))
    let copied = try #require(
      ReceptiveSide.input.window(extent: 4, stride: 4, before: 0)?.transposed(kernel: 2, stride: 2, before: 0)
    )
    let both = try #require(wide.union(copied))
    #expect(both == copied.union(wide))
    for element in -5...5 {
      let (a, b) = (try #require(wide[element]), try #require(copied[element]))
      #expect(both[element] == min(a.lowerBound, b.lowerBound)..<max(a.upperBound, b.upperBound))
    }
    #expect(both.stride == 2)
  }

  @Test func `what is beyond all sense is not known, and takes no time`() {
    let large = 1 << 40
    #expect(ReceptiveSide.input.window(extent: large, stride: 1, before: 0) == nil)
    #expect(ReceptiveSide.input.window(extent: 1, stride: large, before: 0) == nil)
    #expect(ReceptiveSide.input.transposed(kernel: 1, stride: large, before: 0) == nil)
    #expect(ReceptiveSide.input.transposed(kernel: 1, stride: 1 << 20, before: 0) == nil)
    #expect(ReceptiveSide.input.interpolated(factor: .max) == nil)
    var side = ReceptiveSide.input.window(extent: 1, stride: 1 << 20, before: 0)
    #expect(side != nil)
    side = side?.window(extent: 3, stride: 1 << 20, before: 1)
    #expect(side == nil)
  }
}
