import Testing

@testable import CNNPlan

struct ArenaPlannerTests {
  /// What every plan must satisfy.
  static func check(
    _ plan: ArenaPlan, _ requests: [BufferRequest], sourceLocation: SourceLocation = #_sourceLocation
  ) {
    var end = 0
    for (i, request) in requests.enumerated() {
      let size = (request.bytes + 63) / 64 * 64
      #expect(plan.offsets[i] % 64 == 0 && plan.offsets[i] >= 0, sourceLocation: sourceLocation)
      end = max(end, plan.offsets[i] + size)
      for j in 0..<i where requests[j].overlaps(request) && requests[j].bytes > 0 && size > 0 {
        let apart =
          plan.offsets[j] >= plan.offsets[i] + size || plan.offsets[i] >= plan.offsets[j] + requests[j].bytes
        #expect(apart, "\(requests[j]) and \(request) share bytes", sourceLocation: sourceLocation)
      }
    }
    #expect(plan.bytes == end, sourceLocation: sourceLocation)
    #expect(plan.bytes >= plan.lowerBound, sourceLocation: sourceLocation)
    let bound = requests.map { request in
      requests.filter { $0.firstUse <= request.firstUse && request.firstUse <= $0.lastUse }
        .reduce(0) { $0 + ($1.bytes + 63) / 64 * 64 }
    }
    #expect(plan.lowerBound == bound.max() ?? 0, sourceLocation: sourceLocation)
  }

  static func random(_ seed: UInt64) -> [BufferRequest] {
    var random = SplitMix64(state: seed)
    let steps = 1 + random.next(below: 30)
    let span = 1 + random.next(below: steps)
    let size = [1, 64, 1000, 100_000][random.next(below: 4)]
    return (0..<random.next(below: 40)).map { _ in
      let first = random.next(below: steps)
      return BufferRequest(
        bytes: random.next(below: size + 1), firstUse: first, lastUse: first + random.next(below: span))
    }
  }

  @Test func `random requests never share bytes while both are needed`() throws {
    for seed in 0..<2000 {
      let requests = Self.random(UInt64(seed))
      let plan = try #require(ArenaPlanner.plan(requests, effort: 2000))
      Self.check(plan, requests)
    }
  }

  @Test func `the same requests get the same places`() {
    let requests = Self.random(7) + Self.random(11)
    #expect(ArenaPlanner.plan(requests) == ArenaPlanner.plan(requests))
  }

  @Test func `nothing needs nothing`() throws {
    #expect(ArenaPlanner.plan([]) == ArenaPlan(offsets: [], bytes: 0, lowerBound: 0))
    let empty = BufferRequest(bytes: 0, firstUse: 0, lastUse: 9)
    let one = BufferRequest(bytes: 1, firstUse: 3, lastUse: 3)
    let plan = try #require(ArenaPlanner.plan([empty, one, empty]))
    #expect(plan == ArenaPlan(offsets: [0, 0, 0], bytes: 64, lowerBound: 64))
  }

  @Test func `sizes that overflow have no plan`() {
    let half = BufferRequest(bytes: Int.max / 2, firstUse: 0, lastUse: 1)
    #expect(ArenaPlanner.plan([half, half, half]) == nil)
    #expect(ArenaPlanner.plan([BufferRequest(bytes: .max, firstUse: 0, lastUse: 0)]) == nil)
    #expect(ArenaPlanner.plan([half])?.bytes == Int.max / 2 / 64 * 64 + 64)
  }

  /// Requests as (units of 64 bytes, first, last) and the fewest units that they fit in.
  static let hard: [([(Int, Int, Int)], Int)] = [
    // Chains in which every greedy order from the bottom ends above the bound.
    ([(5, 0, 1), (4, 1, 2), (4, 2, 3), (5, 3, 4)], 9),
    ([(2, 0, 1), (3, 1, 2), (9, 2, 3), (1, 3, 4)], 12),
    ([(3, 0, 1), (6, 1, 2), (5, 2, 3), (5, 3, 4), (6, 4, 5), (3, 5, 6)], 11),
    // A long-lived one beside a chain.
    ([(4, 0, 9), (3, 0, 1), (5, 1, 2), (2, 2, 3), (6, 3, 4), (3, 4, 5)], 13),
    // The bound is 8, but the four 2s cannot all lie at an end.
    ([(2, 0, 2), (2, 0, 5), (4, 0, 0), (4, 3, 5), (2, 2, 3), (2, 5, 6), (6, 7, 7), (2, 6, 7)], 8),
  ]

  @Test(arguments: hard.indices)
  func `small hard cases reach their optimum`(index: Int) throws {
    let (units, optimum) = Self.hard[index]
    let requests = units.map { BufferRequest(bytes: $0.0 * 64, firstUse: $0.1, lastUse: $0.2) }
    let plan = try #require(ArenaPlanner.plan(requests))
    Self.check(plan, requests)
    #expect(plan.bytes == optimum * 64)
  }

  /// The fewest bytes of all orders, each placed lowest first: an exact optimum, for a few requests.
  static func optimum(_ requests: [BufferRequest]) -> Int {
    func search(_ placed: [(Int, Int)], _ left: [Int], _ bytes: Int, _ best: Int) -> Int {
      if left.isEmpty { return min(bytes, best) }
      var best = best
      for index in left where bytes < best {
        let size = (requests[index].bytes + 63) / 64 * 64
        let beside = placed.filter { requests[$0.0].overlaps(requests[index]) }
        let offset = beside.map { $0.1 + (requests[$0.0].bytes + 63) / 64 * 64 }.max() ?? 0
        guard offset + size < best else { continue }
        best = search(
          placed + [(index, offset)], left.filter { $0 != index }, max(bytes, offset + size), best)
      }
      return best
    }
    return search([], Array(requests.indices), 0, .max)
  }

  @Test func `six random requests get an exact optimum`() throws {
    for seed in 0..<150 {
      var random = SplitMix64(state: UInt64(seed) &+ 5000)
      let requests = (0..<6).map { _ in
        let first = random.next(below: 6)
        return BufferRequest(
          bytes: 64 * (1 + random.next(below: 9)), firstUse: first, lastUse: first + random.next(below: 4))
      }
      let plan = try #require(ArenaPlanner.plan(requests, effort: 50_000))
      #expect(plan.bytes == Self.optimum(requests), "\(requests)")
    }
  }

  @Test func `chains of any sizes meet their bound`() throws {
    for seed in 0..<50 {
      var random = SplitMix64(state: UInt64(seed))
      let requests = (0..<400).map { index in
        BufferRequest(bytes: 1 + random.next(below: 1_000_000), firstUse: index, lastUse: index + 1)
      }
      let plan = try #require(ArenaPlanner.plan(requests))
      Self.check(plan, requests)
      #expect(plan.bytes == plan.lowerBound)
    }
  }

  @Test func `ten thousand requests are no burden`() throws {
    for span in [3, 60] {
      var random = SplitMix64(state: 3)
      let requests = (0..<10_000).map { _ in
        let first = random.next(below: 10_000)
        return BufferRequest(
          bytes: 1 + random.next(below: 1 << 20), firstUse: first, lastUse: first + random.next(below: span))
      }
      var plan: ArenaPlan?
      // A debug build, beside other tests; optimised, it takes a fifth of a second.
      let time = ContinuousClock().measure { plan = ArenaPlanner.plan(requests) }
      #expect(time < .seconds(60))
      let found = try #require(plan)
      #expect(Double(found.bytes) <= 1.02 * Double(found.lowerBound))
    }
  }
}
