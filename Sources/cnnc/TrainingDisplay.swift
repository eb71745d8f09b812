import CNN
import CNNSpec
import CNNTrain

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// What a training run shows while it goes on, on standard error: on a terminal a bar that moves, elsewhere a
/// line every so often; a line for each epoch in both.
final class TrainingDisplay {
  private let isQuiet: Bool
  private let isTerminal: Bool
  private let clock = ContinuousClock()
  private var lastShown: ContinuousClock.Instant
  private var barWidth = 0

  init(isQuiet: Bool) {
    self.isQuiet = isQuiet
    // A bar is drawn with the same licence as colour.
    isTerminal = !isQuiet && Color(isTerminal: isatty(STDERR_FILENO) == 1).isOn
    lastShown = clock.now
  }

  func begin(_ trainer: Trainer) {
    guard !isQuiet else { return }
    let (options, data) = (trainer.options, trainer.data)
    let held = data.validation.map { ", \(Figures.grouped($0.count)) held out" } ?? ""
    let parts = [
      "\(trainer.model.name): \(Figures.grouped(trainer.model.parameterCount)) parameters",
      "\(Figures.grouped(data.trainingCount)) images\(held)",
      "\(options.recipe.epochs) epoch\(options.recipe.epochs == 1 ? "" : "s") of "
        + "\(Figures.grouped(data.steps(batch: options.recipe.batch))) steps",
      "\(options.threads) thread\(options.threads == 1 ? "" : "s")", Figures.bytes(trainer.stepBytes),
    ]
    Console.error(parts.joined(separator: ", "))
    if trainer.state.step > 0 {
      Console.error("resumed behind step \(Figures.grouped(trainer.state.step))")
    }
  }

  func show(_ event: TrainingEvent) {
    switch event {
    case .note(let finding):
      if isQuiet, finding.severity != .error { return }
      end()
      Console.report([finding])
    case .step(let progress): show(progress)
    case .epoch(let lines, let epochs, let isBest, let seconds):
      end()
      if !isQuiet { Console.error(Self.line(lines, epochs, isBest, seconds)) }
    }
  }

  /// Takes the bar away.
  func end() {
    guard barWidth > 0 else { return }
    Console.draw("\r" + String(repeating: " ", count: barWidth) + "\r")
    barWidth = 0
  }

  private func show(_ progress: TrainingProgress) {
    guard !isQuiet else { return }
    let now = clock.now
    guard now - lastShown >= (isTerminal ? .milliseconds(100) : .seconds(30)) else { return }
    lastShown = now
    if isTerminal {
      let text = Self.bar(progress, columns: Console.columns)
      Console.draw("\r" + text + String(repeating: " ", count: max(0, barWidth - text.count)))
      barWidth = text.count
    } else {
      Console.error(Self.state(progress))
    }
  }

  /// `epoch 3/20 [=====>    ] loss 0.3121, 88.51 % right, 5,231 images/s, 2:31 left`
  static func bar(_ progress: TrainingProgress, columns: Int) -> String {
    let head = "epoch \(progress.epoch)/\(progress.epochs) "
    let tail = " " + figures(progress)
    let room = min(columns - 1 - head.count - tail.count - 2, 30)
    guard room >= 4 else { return String((head + tail.dropFirst()).prefix(max(columns - 1, 0))) }
    let done = room * progress.step / max(progress.steps, 1)
    let filled = String(repeating: "=", count: done) + (done < room ? ">" : "")
    return head + "[" + filled + String(repeating: " ", count: room - filled.count) + "]" + tail
  }

  static func state(_ progress: TrainingProgress) -> String {
    "epoch \(progress.epoch)/\(progress.epochs), step \(Figures.grouped(progress.step)) of "
      + "\(Figures.grouped(progress.steps)): " + figures(progress)
  }

  private static func figures(_ progress: TrainingProgress) -> String {
    "loss \(Figures.fixed(progress.loss, digits: 4)), "
      + "\(Figures.fixed(progress.accuracy * 100, digits: 2)) % right, "
      + "\(Figures.grouped(Int(progress.imagesPerSecond))) images/s, \(duration(progress.secondsLeft)) left"
  }

  static func line(_ lines: [EpochMetrics], _ epochs: Int, _ isBest: Bool, _ seconds: Double) -> String {
    let number = "\(lines[0].epoch)"
    let padding = String(repeating: " ", count: max(0, "\(epochs)".count - number.count))
    let splits = lines.map { line in
      let name = line.split == .train ? "" : "validation "
      return "\(name)loss \(Figures.fixed(line.loss, digits: 4)), "
        + "\(Figures.fixed(line.accuracy * 100, digits: 2)) % right"
    }
    return "epoch \(padding)\(number)/\(epochs)  " + splits.joined(separator: "; ")
      + "; \(Figures.fixed(seconds, digits: 1)) s" + (isBest && lines.count > 1 ? ", best" : "")
  }

  /// `0:07`, `12:34`, `1:02:03`
  static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds < 1e9 else { return "?" }
    let whole = Int(seconds.rounded(.up))
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    let (hours, minutes) = (whole / 3600, whole / 60 % 60)
    return hours > 0
      ? "\(hours):\(two(minutes)):\(two(whole % 60))" : "\(minutes):\(two(whole % 60))"
  }
}
