import CNNSpec

/// Finds caches by how fast memory of growing sizes is read: behind each cache's size there is a step down.
package enum CacheSweep {
  /// The sizes to read: 4 KiB to 128 MiB, two to a doubling.
  static let sizes: [Int] = (12..<27).flatMap { [1 << $0, 3 << ($0 - 1)] } + [1 << 27]

  /// The sizes of this machine's caches.
  /// - Throws: `memory-limit` where there is not enough memory to read.
  package static func measure(_ meter: LimitMeter) throws(Diagnostics) -> CacheSizes {
    var points: [(bytes: Int, bandwidth: Double)] = []
    for size in sizes { points.append((size, try meter.bytesPerSecond(.read, bytes: size))) }
    return CacheSizes(bytes: caches(points), origin: .sweep)
  }

  /// The largest sizes in front of steps down: of neighbours among which bandwidth falls by more than a fifth
  /// from one to the next, the first; and only where a step of a quarter is left when it ends.
  /// - Parameter points: ascending in their bytes.
  /// - Returns: at least one size; at most three, the deepest steps.
  static func caches(_ points: [(bytes: Int, bandwidth: Double)]) -> [Int] {
    precondition(points.count > 1, "a sweep has several sizes")
    var steps: [(bytes: Int, depth: Double)] = []
    var index = 0
    while index + 1 < points.count {
      var end = index
      while end + 1 < points.count, points[end + 1].bandwidth < 0.8 * points[end].bandwidth { end += 1 }
      if points[end].bandwidth < 0.75 * points[index].bandwidth {
        steps.append((points[index].bytes, points[index].bandwidth / points[end].bandwidth))
      }
      index = max(end, index + 1)
    }
    let deepest = steps.sorted { $0.depth > $1.depth }.prefix(3).map(\.bytes).sorted()
    return deepest.isEmpty ? [points[points.count - 1].bytes] : deepest
  }
}
