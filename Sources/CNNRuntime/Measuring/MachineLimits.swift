import CNNSpec

/// What a machine can do at most with some threads, as measured.
package struct MachineLimits: Sendable {
  /// A cache level or the memory behind them.
  package struct Level: Hashable, Sendable {
    /// `L1`, `DRAM`
    package var name: String
    /// Bytes that lie in this level for all threads together; all there are for `DRAM`.
    package var capacity: Int
    /// Bytes of all threads together that were gone through to measure it.
    package var measuredBytes: Int
    /// Bytes a second of all threads together; a copy's count twice, read and written.
    package var readRate: Double
    package var writeRate: Double
    package var copyRate: Double

    package init(
      name: String, capacity: Int, measuredBytes: Int, readRate: Double, writeRate: Double, copyRate: Double
    ) {
      self.name = name
      self.capacity = capacity
      self.measuredBytes = measuredBytes
      self.readRate = readRate
      self.writeRate = writeRate
      self.copyRate = copyRate
    }
  }

  package var isa: String
  package var threads: Int
  /// Multiply-adds a second.
  package var multiplyAddRate: Double
  /// Innermost first; the last is memory.
  package var levels: [Level]
  /// Seconds to divide a call among the threads and to wait for them; nil for one thread.
  package var forkJoinSeconds: Double?

  package init(
    isa: String, threads: Int, multiplyAddRate: Double, levels: [Level], forkJoinSeconds: Double? = nil
  ) {
    precondition(!levels.isEmpty, "there is memory at least")
    self.isa = isa
    self.threads = threads
    self.multiplyAddRate = multiplyAddRate
    self.levels = levels
    self.forkJoinSeconds = forkJoinSeconds
  }

  /// Measures for a second or two.
  /// - Throws: `memory-limit` where this machine has too little to measure it, `invalid-value` where the system
  ///   refuses the threads.
  package static func measure(
    isa: String, threads: Int, caches: CacheSizes
  ) throws(Diagnostics) -> MachineLimits {
    let meter = try LimitMeter(isa: isa, threads: threads)
    var levels: [Level] = []
    for area in areas(caches, threads: threads, memory: Arena.physicalBytes) {
      let bytes = area.measured / threads
      levels.append(
        Level(
          name: area.name, capacity: area.capacity, measuredBytes: area.measured,
          readRate: try meter.bytesPerSecond(.read, bytes: bytes),
          writeRate: try meter.bytesPerSecond(.write, bytes: bytes),
          copyRate: try meter.bytesPerSecond(.copy, bytes: bytes)))
    }
    return MachineLimits(
      isa: isa, threads: threads, multiplyAddRate: meter.multiplyAddsPerSecond(), levels: levels,
      forkJoinSeconds: threads > 1 ? meter.forkJoinSeconds() : nil)
  }

  /// What to go through for each level: half of a cache, so that what else lies there does not matter, but twice
  /// what the level before holds; eight times the last one for memory. Every core has the first two caches to
  /// itself; a third is shared, and no level where the cores' own hold more.
  static func areas(
    _ caches: CacheSizes, threads: Int, memory: Int
  ) -> [(name: String, capacity: Int, measured: Int)] {
    var areas: [(name: String, capacity: Int, measured: Int)] = []
    for (index, size) in caches.bytes.enumerated() {
      let capacity = index < 2 ? size * threads : size
      let inner = areas.last?.capacity ?? 0
      guard capacity > inner else { continue }
      areas.append(("L\(index + 1)", capacity, min(max(capacity / 2, 2 * inner), capacity)))
    }
    let outermost = areas.last?.capacity ?? 1 << 20
    let measured = min(max(8 * outermost, 1 << 26), 1 << 29, memory / 8)
    return areas + [("DRAM", memory, measured)]
  }

  /// The innermost level that has room for so many bytes.
  package func level(for bytes: Int) -> Level {
    levels.first { bytes <= $0.capacity } ?? levels[levels.count - 1]
  }
}
