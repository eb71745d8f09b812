import CNN
import CNNRuntime
import CNNSpec

/// The JSON that `bench` prints.
struct BenchDocument {
  let benchmark: Benchmark

  init(_ benchmark: Benchmark) { self.benchmark = benchmark }

  var json: JSONValue {
    let statistics = benchmark.timing.statistics
    var members: [(key: String, value: JSONValue)] = [
      ("name", .string(benchmark.name)), ("batch", .integer(benchmark.batch)),
      ("threads", .integer(benchmark.threads)), ("training", .bool(benchmark.isTraining)),
      ("runs", .integer(benchmark.timing.runs)), ("median_ms", .number(statistics.median * 1e3)),
      ("min_ms", .number(statistics.minimum * 1e3)), ("p99_ms", .number(statistics.percentile(0.99) * 1e3)),
      ("images_per_second", .number(benchmark.imagesPerSecond)),
      ("gmacs_per_second", .number(benchmark.multiplicationsPerSecond * 1e-9)),
      ("arena_bytes", .integer(benchmark.arenaBytes)),
      ("peak_rss_bytes", .integer(benchmark.peakMemoryBytes)),
      ("compile_ms", .number(benchmark.compileSeconds * 1e3)), ("isa", .string(benchmark.isa)),
    ]
    if let steps = benchmark.steps { members.append(("layers", .array(steps.map(json)))) }
    return .object(members)
  }

  private func json(_ step: Benchmark.Step) -> JSONValue {
    let (row, work) = (step.row, step.row.work)
    return .object([
      "name": .string(row.name), "kernel": .string(row.kernels.names), "layers": .strings(row.layers),
      "median_ms": .number(row.seconds * 1e3), "share": .number(step.share),
      "macs": .integer(work.multiplications),
      "gmacs_per_second": .number(Double(work.multiplications) / max(row.seconds, 1e-12) * 1e-9),
      "bytes": .integer(work.bytes), "bound": .string(step.roofline.bound.rawValue),
      "compute_bound_ms": .number(step.roofline.computeSeconds * 1e3),
      "memory_bound_ms": .number(step.roofline.memorySeconds * 1e3),
    ])
  }
}

/// What `bench` prints for people.
struct BenchText {
  private static let columns = 80
  let benchmark: Benchmark

  init(_ benchmark: Benchmark) { self.benchmark = benchmark }

  var text: String {
    let profile = benchmark.steps.map { ["", table($0), "", boundsText($0)] } ?? []
    return (summary + profile).joined(separator: "\n")
  }

  private var summary: [String] {
    let statistics = benchmark.timing.statistics
    let threads = benchmark.threads == 1 ? "1 thread" : "\(benchmark.threads) threads"
    let what = benchmark.isTraining ? "training step, " : ""
    let speed = benchmark.multiplicationsPerSecond
    return [
      "\(benchmark.name): \(what)batch \(benchmark.batch), \(threads), \(benchmark.isa)", "",
      "median      \(Self.milliseconds(statistics.median)) ms",
      "minimum     \(Self.milliseconds(statistics.minimum)) ms",
      "p99         \(Self.milliseconds(statistics.percentile(0.99))) ms",
      "runs        \(Figures.grouped(benchmark.timing.runs))",
      "images      \(Self.rate(benchmark.imagesPerSecond)) a second",
      "multiplies  \(Self.rate(speed * 1e-9)) GMAC/s, "
        + "\(Self.percent(speed / benchmark.multiplyAddRate)) % of the "
        + "\(Self.rate(benchmark.multiplyAddRate * 1e-9)) that \(threads) can do",
      "memory      \(Figures.bytes(benchmark.arenaBytes)) arena, "
        + "\(Figures.bytes(benchmark.peakMemoryBytes)) at most in use by the process",
      "compiled    in \(Self.milliseconds(benchmark.compileSeconds)) ms",
    ]
  }

  /// The steps; names are cut where the whole would not fit.
  private func table(_ steps: [Benchmark.Step]) -> String {
    var (names, kernels) = (steps.map { name(of: $0).count }.max() ?? 0, 24)
    while true {
      let text = table(steps, names, kernels)
      let excess = (text.split(separator: "\n").map(\.count).max() ?? 0) - Self.columns
      if excess <= 0 || names <= 8 && kernels <= 8 { return text }
      if names > max(kernels, 8) { names -= 1 } else { kernels -= 1 }
    }
  }

  /// The layers that a step of inference computes; half of a training step's compute nothing of a layer's, nor do
  /// changes of layout.
  private func name(of step: Benchmark.Step) -> String {
    let isNamed = benchmark.isTraining || step.row.layers.isEmpty
    return isNamed ? step.row.name : PlanText.text(of: step.row.layers)
  }

  private func table(_ steps: [Benchmark.Step], _ nameWidth: Int, _ kernelWidth: Int) -> String {
    var table = TextTable([
      ("step", .left), ("kernel", .left), ("ms", .right), ("%", .right), ("GMAC/s", .right),
      ("moved", .right), ("bound", .left),
    ])
    for step in steps {
      let (row, work) = (step.row, step.row.work)
      let speed = Double(work.multiplications) / max(row.seconds, 1e-12)
      table.add([
        name(of: step).shortened(to: nameWidth), row.kernels.names.shortened(to: kernelWidth),
        Self.milliseconds(row.seconds), Self.percent(step.share),
        work.multiplications == 0 ? "" : Self.rate(speed * 1e-9), Figures.bytes(work.bytes),
        step.roofline.bound.rawValue,
      ])
    }
    table.addRule()
    let seconds = steps.reduce(0) { $0 + $1.row.seconds }
    let multiplications = steps.reduce(0.0) { $0 + Double($1.row.work.multiplications) }
    table.add([
      "all steps", "", Self.milliseconds(seconds), Self.percent(1),
      Self.rate(multiplications / max(seconds, 1e-12) * 1e-9),
      Figures.bytes(steps.reduce(0) { $0 + $1.row.work.bytes }), "",
    ])
    return table.text
  }

  /// How far all of it is from what the limits allow.
  private func boundsText(_ steps: [Benchmark.Step]) -> String {
    let seconds = steps.reduce(0) { $0 + $1.row.seconds }
    let least = steps.reduce(0) { $0 + $1.roofline.seconds }
    return "At the limits that were measured, all steps would take \(Self.milliseconds(least)) ms, "
      + "\(Self.percent(least / max(seconds, 1e-12))) % of it."
  }

  /// Of at least four digits where there are any: `1234.5`, `0.0123`.
  static func milliseconds(_ seconds: Double) -> String {
    let value = seconds * 1e3
    return Figures.fixed(value, digits: value >= 100 ? 1 : value >= 10 ? 2 : value >= 1 ? 3 : 4)
  }

  /// Three digits or more.
  static func rate(_ value: Double) -> String {
    guard value < 1000 else { return Figures.grouped(Int(min(value, 1e15).rounded())) }
    return Figures.fixed(value, digits: value >= 100 ? 0 : value >= 10 ? 1 : 2)
  }

  private static func percent(_ share: Double) -> String { Figures.fixed(share * 100, digits: 1) }
}
