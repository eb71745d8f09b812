import CNNSpec

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The bytes of a core's data caches, innermost first: what the system says of them.
package struct CacheSizes: Hashable, Sendable {
  package enum Origin: String, Sendable {
    /// `sysconf`, or `sysctl` on macOS.
    case system
    /// Linux's `/sys/devices/system/cpu`.
    case sysfs
    /// Bandwidths that were measured: ``CacheSweep``.
    case sweep
  }

  /// Ascending; level 1 first. Some of a level may be other cores'.
  package var bytes: [Int]
  package var origin: Origin

  package init(bytes: [Int], origin: Origin) {
    self.bytes = bytes
    self.origin = origin
  }

  /// The sizes of this machine: told, or else measured, which takes some seconds.
  /// - Throws: `memory-limit` where there is not enough memory to measure them.
  package static func ofMachine() throws(Diagnostics) -> CacheSizes {
    if let told = ofSystem { return told }
    return try CacheSweep.measure(LimitMeter(isa: Machine.isa, threads: 1))
  }

  /// The sizes of this machine, or nil where it does not tell them.
  static var ofSystem: CacheSizes? {
    // `sysconf` counts what several groups of cores have each for themselves as one cache.
    CacheSizes(folder: "/sys/devices/system/cpu/cpu0/cache") ?? CacheSizes(asked: systemSizes, .system)
  }

  /// Sizes as a system tells them; nil where it does not know the first level.
  /// - Parameter sizes: level by level; what is unknown, or no larger than the level before, is not there.
  init?(asked sizes: [Int], _ origin: Origin) {
    guard let first = sizes.first, first > 0 else { return nil }
    var bytes: [Int] = []
    for size in sizes where size > (bytes.last ?? 0) { bytes.append(size) }
    self.init(bytes: bytes, origin: origin)
  }

  /// The sizes in Linux's folder of a core's caches, which has a folder `index0`, `index1`, ... for each.
  init?(folder: String) {
    func text(_ index: Int, _ name: String) -> String? {
      let path = FileSystem.path(folder, "index\(index)/\(name)")
      guard let bytes = try? FileSystem.read(path, limit: 1 << 12) else { return nil }
      return String(decoding: bytes.prefix { $0 > 0x20 }, as: UTF8.self)
    }
    var sizes: [Int] = []
    for index in 0..<16 {
      guard let kind = text(index, "type"), let level = text(index, "level").flatMap(Int.init),
        (1...9).contains(level), let size = text(index, "size").flatMap(Self.bytes)
      else { continue }
      if kind == "Instruction" { continue }
      if sizes.count < level { sizes += [Int](repeating: 0, count: level - sizes.count) }
      sizes[level - 1] = size
    }
    self.init(asked: sizes, .sysfs)
  }

  /// `512K`, `32M`.
  static func bytes(of text: String) -> Int? {
    let units: [Character: Int] = ["K": 1 << 10, "M": 1 << 20, "G": 1 << 30]
    guard let last = text.last else { return nil }
    guard let unit = units[last] else { return Int(text) }
    guard let number = Int(text.dropLast()), number >= 0, number < 1 << 30 else { return nil }
    return number * unit
  }

  #if canImport(Glibc)
    private static var systemSizes: [Int] {
      [_SC_LEVEL1_DCACHE_SIZE, _SC_LEVEL2_CACHE_SIZE, _SC_LEVEL3_CACHE_SIZE].map { sysconf(Int32($0)) }
    }
  #else
    private static var systemSizes: [Int] {
      // Where there are two kinds of cores, the first names are those of the fast ones.
      [
        ["hw.perflevel0.l1dcachesize", "hw.l1dcachesize"], ["hw.perflevel0.l2cachesize", "hw.l2cachesize"],
        ["hw.perflevel0.l3cachesize", "hw.l3cachesize"],
      ].map { names in
        for name in names {
          var size: Int64 = 0
          var length = MemoryLayout<Int64>.size
          if sysctlbyname(name, &size, &length, nil, 0) == 0, size > 0 { return Int(size) }
        }
        return 0
      }
    }
  #endif
}
