import CNNSpec

/// All that is measured of a machine without a network.
package struct MachineSurvey: Sendable {
  package struct Peak: Hashable, Sendable {
    package var isa: String
    package var threads: Int
    /// Multiply-adds a second.
    package var multiplyAddRate: Double
  }

  package var caches: CacheSizes
  /// For every instruction set that this machine has, widest first; with one thread and with all.
  package var peaks: [Peak]
  /// Of the instruction set in use, with one thread and with all.
  package var limits: [MachineLimits]

  /// Measures for a few seconds.
  /// - Parameter threads: what all threads are.
  /// - Throws: `invalid-value` where the system refuses the threads or the environment asks for an instruction
  ///   set that is not there, `memory-limit` where there is too little memory to measure it.
  package static func measure(threads: Int) throws(Diagnostics) -> MachineSurvey {
    let isa = try Machine.isa
    let counts = threads > 1 ? [1, threads] : [1]
    let caches = try CacheSizes.ofMachine()
    var limits: [MachineLimits] = []
    for count in counts {
      limits.append(try MachineLimits.measure(isa: isa, threads: count, caches: caches))
    }
    var peaks: [Peak] = []
    for name in Machine.isas {
      for (count, known) in zip(counts, limits) {
        let rate =
          name == isa
          ? known.multiplyAddRate : try LimitMeter(isa: name, threads: count).multiplyAddsPerSecond()
        peaks.append(Peak(isa: name, threads: count, multiplyAddRate: rate))
      }
    }
    return MachineSurvey(caches: caches, peaks: peaks, limits: limits)
  }
}
