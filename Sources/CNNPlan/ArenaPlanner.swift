import CNNGraph

/// Memory that is needed from one step to another, both included.
package struct BufferRequest: Hashable, Sendable {
  package var bytes: Int
  package var firstUse: Int
  package var lastUse: Int

  package init(bytes: Int, firstUse: Int, lastUse: Int) {
    precondition(bytes >= 0 && firstUse <= lastUse, "\(bytes) bytes from \(firstUse) to \(lastUse)")
    self.bytes = bytes
    self.firstUse = firstUse
    self.lastUse = lastUse
  }

  package func overlaps(_ other: BufferRequest) -> Bool {
    firstUse <= other.lastUse && other.firstUse <= lastUse
  }
}

/// Where requests lie in one arena.
package struct ArenaPlan: Hashable, Sendable {
  /// Bytes from the arena's start, one a request.
  package var offsets: [Int]
  /// The end of the last request, aligned.
  package var bytes: Int
  /// The most aligned bytes that are needed at once.
  package var lowerBound: Int
}

/// Places buffers in one arena, those that are needed at the same time beside each other.
///
/// The problem (dynamic storage allocation, offline) is NP-hard, networks are kind to it: one of a
/// dozen greedy placements mostly meets the lower bound. Where none does, the best one's order is shuffled a
/// little, again and again, and what is no worse is kept. That search can reach an optimum: placing the
/// requests of any solution lowest first, each at the lowest place that is free, never ends higher.
package enum ArenaPlanner {
  /// Every offset is a multiple of it: a cache line, and the widest vector.
  package static let alignment = 64

  /// How long the greedy placements and the search may go on, in visits of a neighbour (some ns each).
  package static let defaultEffort = 3_000_000

  /// The bytes that a buffer takes in an arena, or nil where they overflow.
  package static func aligned(_ bytes: Int) -> Int? {
    let (sum, overflow) = bytes.addingReportingOverflow(alignment - 1)
    return overflow ? nil : sum & ~(alignment - 1)
  }

  /// The requests' aligned sizes, or nil where their sum overflows.
  static func sizes(_ requests: [BufferRequest]) -> [Int]? {
    var sizes: [Int] = []
    var sum = CheckedInteger(0)
    for request in requests {
      guard let size = aligned(request.bytes) else { return nil }
      sizes.append(size)
      sum += CheckedInteger(size)
    }
    return sum.value == nil ? nil : sizes
  }

  /// Places requests; the same requests always get the same places. Requests of no bytes lie at 0.
  /// - Parameter effort: see ``defaultEffort``; one greedy placement is made whatever it is.
  /// - Returns: nil where the aligned sizes' sum overflows.
  package static func plan(_ requests: [BufferRequest], effort: Int = defaultEffort) -> ArenaPlan? {
    guard let sizes = sizes(requests) else { return nil }
    let profile = LiveProfile(requests, sizes: sizes)
    var packer = ArenaPacker(requests, sizes: sizes, lowerBound: profile.most)
    packer.tryGreedy(ArenaOrder.all(requests, sizes: sizes, profile: profile), effort: effort * 4)
    packer.improve(effort: effort)
    return ArenaPlan(offsets: packer.best, bytes: packer.bestBytes, lowerBound: profile.most)
  }
}

/// How many bytes are needed at each time.
struct LiveProfile {
  /// Times at which the sum may rise, ascending.
  private let times: [Int]
  /// `peaks[k][i]` is the most bytes from the i-th time on, 2^k times long.
  private var peaks: [[Int]]
  let most: Int

  init(_ requests: [BufferRequest], sizes: [Int]) {
    let starts = requests.indices.sorted { requests[$0].firstUse < requests[$1].firstUse }
    let ends = requests.indices.sorted { requests[$0].lastUse < requests[$1].lastUse }
    var times: [Int] = []
    var sums: [Int] = []
    var live = 0
    var ended = 0
    for index in starts {
      let time = requests[index].firstUse
      while ended < ends.count, requests[ends[ended]].lastUse < time {
        live -= sizes[ends[ended]]
        ended += 1
      }
      live += sizes[index]
      if times.last == time {
        sums[sums.count - 1] = live
      } else {
        times.append(time)
        sums.append(live)
      }
    }
    most = sums.max() ?? 0
    self.times = times
    peaks = [sums]
    var width = 1
    while width * 2 <= sums.count {
      let half = peaks[peaks.count - 1]
      peaks.append((0...(sums.count - 2 * width)).map { max(half[$0], half[$0 + width]) })
      width *= 2
    }
  }

  /// The most bytes that are needed at once while a request is.
  func peak(during request: BufferRequest) -> Int {
    let from = firstTime { $0 >= request.firstUse }
    let count = firstTime { $0 > request.lastUse } - from
    let level = Int.bitWidth - 1 - count.leadingZeroBitCount
    return max(peaks[level][from], peaks[level][from + count - (1 << level)])
  }

  private func firstTime(where holds: (Int) -> Bool) -> Int {
    var low = 0
    var high = times.count
    while low < high {
      let middle = (low + high) / 2
      if holds(times[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}

/// The orders in which the greedy placements go through the requests.
enum ArenaOrder {
  static func all(_ requests: [BufferRequest], sizes: [Int], profile: LiveProfile) -> [[Int]] {
    let used = requests.indices.filter { sizes[$0] > 0 }
    func length(_ index: Int) -> Double {
      Double(requests[index].lastUse) - Double(requests[index].firstUse) + 1
    }
    /// Ascending by two keys; what is still equal stays in the order of the requests.
    func order(_ key: (Int) -> Double, _ second: (Int) -> Double) -> [Int] {
      let keys = used.map { (key($0), second($0), $0) }
      return keys.sorted { $0 < $1 }.map(\.2)
    }
    return [
      // Large ones first, as they are the hardest to place late.
      order({ -Double(sizes[$0]) }, { Double(requests[$0].firstUse) }),
      // The steps that need the most memory first.
      order({ -Double(profile.peak(during: requests[$0])) }, { -Double(sizes[$0]) }),
      // As they come, the way an allocator would see them; and backwards.
      order({ Double(requests[$0].firstUse) }, { -Double(sizes[$0]) }),
      order({ -Double(requests[$0].lastUse) }, { -Double(sizes[$0]) }),
      // Long-lived ones first, alone and weighted with their size.
      order({ -length($0) }, { -Double(sizes[$0]) }),
      order({ -length($0) * Double(sizes[$0]) }, { Double(requests[$0].firstUse) }),
    ]
  }
}
