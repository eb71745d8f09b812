import CNN
import CNNRuntime
import CNNSpec

/// The JSON that `bench --limits` prints.
struct LimitsDocument {
  let survey: MachineSurvey

  init(_ survey: MachineSurvey) { self.survey = survey }

  var json: JSONValue {
    let all = survey.limits[survey.limits.count - 1]
    return .object([
      "isa": .string(all.isa), "threads": .integer(all.threads),
      "cache_bytes": .integers(survey.caches.bytes), "cache_origin": .string(survey.caches.origin.rawValue),
      "peaks": .array(survey.peaks.map(json)),
      "memory": .array(survey.limits.flatMap { limits in limits.levels.map { json($0, limits.threads) } }),
      "fork_join_us": all.forkJoinSeconds.map { .number($0 * 1e6) } ?? .null,
    ])
  }

  private func json(_ peak: MachineSurvey.Peak) -> JSONValue {
    .object([
      "isa": .string(peak.isa), "threads": .integer(peak.threads),
      "gmacs_per_second": .number(peak.multiplyAddRate * 1e-9),
    ])
  }

  private func json(_ level: MachineLimits.Level, _ threads: Int) -> JSONValue {
    .object([
      "level": .string(level.name), "threads": .integer(threads), "bytes": .integer(level.measuredBytes),
      "read_gb_per_second": .number(level.readRate * 1e-9),
      "write_gb_per_second": .number(level.writeRate * 1e-9),
      "copy_gb_per_second": .number(level.copyRate * 1e-9),
    ])
  }
}

/// What `bench --limits` prints for people.
struct LimitsText {
  let survey: MachineSurvey

  init(_ survey: MachineSurvey) { self.survey = survey }

  var text: String {
    let all = survey.limits[survey.limits.count - 1]
    let sizes = survey.caches.bytes.map { Figures.bytes($0) }.joined(separator: ", ")
    var lines = ["multiply-adds of float32", peaks, "", "memory, in GB/s with \(all.isa)", bandwidths, ""]
    lines.append("caches      \(sizes) (\(origin))")
    if let seconds = all.forkJoinSeconds {
      lines.append(
        "fork, join  \(Figures.fixed(seconds * 1e6, digits: 2)) us to divide a call among \(all.threads) threads"
      )
    }
    return lines.joined(separator: "\n")
  }

  private var origin: String {
    switch survey.caches.origin {
    case .system: "as the system says"
    case .sysfs: "as /sys says"
    case .sweep: "found by their bandwidths"
    }
  }

  private var peaks: String {
    var table = TextTable([("isa", .left), ("threads", .right), ("GMAC/s", .right), ("GFLOP/s", .right)])
    for peak in survey.peaks {
      table.add([
        peak.isa, "\(peak.threads)", BenchText.rate(peak.multiplyAddRate * 1e-9),
        BenchText.rate(2 * peak.multiplyAddRate * 1e-9),
      ])
    }
    return table.text
  }

  private var bandwidths: String {
    var table = TextTable([
      ("level", .left), ("threads", .right), ("of", .right), ("read", .right), ("write", .right),
      ("copy", .right),
    ])
    for limits in survey.limits {
      for level in limits.levels {
        table.add([
          level.name, "\(limits.threads)", Figures.bytes(level.measuredBytes),
          BenchText.rate(level.readRate * 1e-9), BenchText.rate(level.writeRate * 1e-9),
          BenchText.rate(level.copyRate * 1e-9),
        ])
      }
    }
    return table.text
  }
}
