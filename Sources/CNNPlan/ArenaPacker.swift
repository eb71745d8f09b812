/// Places requests one after the other, each where those placed before it and needed at the same time leave
/// room, and remembers the best result.
struct ArenaPacker {
  /// Which of the free places a request gets.
  enum Fit: CaseIterable {
    /// The lowest.
    case lowest
    /// The smallest gap that is large enough.
    case tightest
    /// The arena's bottom or, with the lower bound as its size, its top; else the lowest. Chains, in which
    /// each value lies beside the one before, meet their bound so.
    case outermost
  }

  private let requests: [BufferRequest]
  private let sizes: [Int]
  private let lowerBound: Int
  /// The requests needed at the same time as each; nil where they are too many to list.
  private let neighbours: [[Int32]]?
  /// The offset of each request placed so far, else -1.
  private var offsets: [Int]
  /// The requests placed so far, by offset; kept only where neighbours are not listed.
  private var placed: [Int] = []
  private var spans: [(offset: Int, end: Int)] = []
  private var work = 0

  private(set) var best: [Int]
  private(set) var bestBytes = Int.max

  init(_ requests: [BufferRequest], sizes: [Int], lowerBound: Int) {
    self.requests = requests
    self.sizes = sizes
    self.lowerBound = lowerBound
    neighbours = Self.neighbours(requests, sizes: sizes, limit: 2_000_000)
    offsets = Array(repeating: -1, count: requests.count)
    best = Array(repeating: 0, count: requests.count)
  }

  /// Tries every order with every fit until the lower bound is met or the effort is spent.
  mutating func tryGreedy(_ orders: [[Int]], effort: Int) {
    for fit in Fit.allCases {
      for order in orders {
        if bestBytes == lowerBound || (bestBytes < .max && work >= effort) { return }
        if let bytes = place(order, fit, below: bestBytes) { keep(bytes) }
      }
    }
  }

  /// Moves a request that ends at the top, or one beside it, to another place in the order, and keeps the
  /// order if nothing ends higher than before.
  mutating func improve(effort: Int) {
    guard bestBytes > lowerBound, neighbours != nil else { return }
    work = 0
    var random = SplitMix64(state: 1)
    let used = requests.indices.filter { sizes[$0] > 0 }
    var order = used.sorted { (best[$0], $0) < (best[$1], $1) }
    var current = best
    var currentBytes = bestBytes
    while work < effort, currentBytes > lowerBound {
      let tops = order.indices.filter { current[order[$0]] + sizes[order[$0]] == currentBytes }
      var from = tops[random.next(below: tops.count)]
      if random.next(below: 2) == 0 { from = neighbour(of: from, in: order, &random) }
      let to = random.next(below: max(from, 1))
      work += order.count / 8
      var candidate = order
      candidate.insert(candidate.remove(at: from), at: to)
      guard let bytes = place(candidate, .lowest, below: currentBytes + 1) else { continue }
      order = candidate
      current = offsets
      currentBytes = bytes
      if bytes < bestBytes { keep(bytes) }
    }
  }

  private mutating func keep(_ bytes: Int) {
    bestBytes = bytes
    best = offsets.map { max($0, 0) }
  }

  /// The position of a request that is needed together with the one at `position`, or that one itself.
  private func neighbour(of position: Int, in order: [Int], _ random: inout SplitMix64) -> Int {
    let request = requests[order[position]]
    let start = random.next(below: order.count)
    for step in 0..<order.count {
      let other = (start + step) % order.count
      if other != position, requests[order[other]].overlaps(request) { return other }
    }
    return position
  }

  /// Places all requests in an order; nil as soon as one ends at `limit` or above.
  private mutating func place(_ order: [Int], _ fit: Fit, below limit: Int) -> Int? {
    for index in offsets.indices { offsets[index] = -1 }
    placed.removeAll(keepingCapacity: true)
    var bytes = 0
    for index in order {
      gatherSpans(beside: index)
      let offset = freePlace(size: sizes[index], fit)
      bytes = max(bytes, offset + sizes[index])
      if bytes >= limit { return nil }
      offsets[index] = offset
      if neighbours == nil { insertPlaced(index) }
    }
    return bytes
  }

  /// What is taken while a request is needed, by offset.
  private mutating func gatherSpans(beside index: Int) {
    spans.removeAll(keepingCapacity: true)
    if let neighbours {
      for other in neighbours[index] where offsets[Int(other)] >= 0 {
        spans.append((offsets[Int(other)], offsets[Int(other)] + sizes[Int(other)]))
      }
      work += neighbours[index].count + 2 * spans.count + 4
      spans.sort { $0.offset < $1.offset }
    } else {
      let request = requests[index]
      for other in placed where requests[other].overlaps(request) {
        spans.append((offsets[other], offsets[other] + sizes[other]))
      }
      work += placed.count + 4
    }
  }

  private mutating func insertPlaced(_ index: Int) {
    var low = 0
    var high = placed.count
    while low < high {
      let middle = (low + high) / 2
      if offsets[placed[middle]] <= offsets[index] { low = middle + 1 } else { high = middle }
    }
    placed.insert(index, at: low)
  }

  /// A place of `size` bytes between the gathered spans or above them.
  private func freePlace(size: Int, _ fit: Fit) -> Int {
    var end = 0
    var lowest: Int?
    var tightest: (room: Int, offset: Int)?
    for span in spans {
      let room = span.offset - end
      if room >= size {
        if fit == .lowest { return end }
        if lowest == nil { lowest = end }
        if room < tightest?.room ?? .max { tightest = (room, end) }
      }
      end = max(end, span.end)
    }
    switch fit {
    case .lowest: return end
    case .tightest: return tightest?.offset ?? end
    case .outermost:
      if lowest == 0 { return 0 }
      if end > 0, lowerBound - size >= end { return lowerBound - size }
      return lowest ?? end
    }
  }

  /// For each request the others that are needed at the same time, unless there are more than `limit` pairs.
  private static func neighbours(_ requests: [BufferRequest], sizes: [Int], limit: Int) -> [[Int32]]? {
    var neighbours = [[Int32]](repeating: [], count: requests.count)
    var pairs = 0
    var live: [Int] = []
    let starts = requests.indices.sorted { requests[$0].firstUse < requests[$1].firstUse }
    for index in starts where sizes[index] > 0 {
      live.removeAll { requests[$0].lastUse < requests[index].firstUse }
      pairs += live.count
      if pairs > limit { return nil }
      for other in live {
        neighbours[index].append(Int32(other))
        neighbours[other].append(Int32(index))
      }
      live.append(index)
    }
    return neighbours
  }
}

/// A small generator of repeatable numbers (Steele, Lea, Flood: Fast splittable pseudorandom number
/// generators, 2014).
struct SplitMix64 {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// A number from 0 up to but not including a bound.
  mutating func next(below bound: Int) -> Int {
    Int((next() >> 32).multipliedFullWidth(by: UInt64(bound) << 32).high)
  }
}
