import ArgumentParser
import CNN
import CNNGraph
import CNNPasses
import CNNPlan
import CNNSpec

struct PlanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan", abstract: "Show the compiled graph: steps, kernels, and where every buffer lies.",
    usage: "cnnc plan SPEC [OPTIONS]")

  @Argument(help: "A file, the name of a shipped spec, or `-` for standard input.")
  var spec: String

  @Option(help: "Images of one run. (default: 1; for training the recipe's)")
  var batch: Int?

  @OptionGroup var engine: EngineCommandOptions
  @OptionGroup var training: TrainingOptions
  @OptionGroup var threading: ThreadOptions
  @OptionGroup var common: CommonOptions

  func validate() throws {
    if let batch, batch < 1 { throw ValidationError("a batch has at least one image") }
    if training.training { try engine.validateForTraining() }
  }

  func run() throws {
    let input = try SpecInput(spec)
    let model = try input.model(common)
    guard training.training else {
      let plan = try input.placing { () throws(Diagnostics) in
        let options = try engine.options(
          for: model, memory: training.memory, batch: batch ?? 1, threads: threading.count,
          quiet: common.quiet)
        return try model.plan(batch: batch ?? 1, options: options)
      }
      Console.print(common.json ? PlanDocument(plan).json.text : PlanText(plan).text)
      return
    }
    let memory = try input.placing { () throws(Diagnostics) in
      try TrainingMemory(model.network, batch: batch, training, findsLargest: false)
    }
    if !common.quiet { Console.report(memory.plans.notes) }
    Console.print(common.json ? TrainingPlanDocument(memory).json.text : TrainingPlanText(memory).text)
  }
}

/// The JSON that `plan` prints.
struct PlanDocument {
  let plan: ExecutionPlan

  init(_ plan: ExecutionPlan) { self.plan = plan }

  var json: JSONValue {
    .object([
      "batch": .integer(plan.batch), "arena_bytes": .integer(plan.arenaBytes),
      "lower_bound_bytes": .integer(plan.lowerBoundBytes), "unshared_bytes": .integer(plan.unsharedBytes),
      "parameter_bytes": .integer(plan.parameterBytes), "constant_bytes": .integer(plan.constantBytes),
      "steps": .array(plan.steps.map(json)), "segments": .array(plan.segments.map(json)),
      "buffers": .array(plan.buffers.map(json)),
    ])
  }

  private func json(_ step: ExecutionPlan.Step) -> JSONValue {
    .object([
      "name": .string(step.name), "kernel": .string(plan.kernelNames(of: step)),
      "layers": .strings(step.layers), "reads": .strings(step.reads), "writes": .strings(step.writes),
      "scratch_bytes": .integer(step.scratchBytes),
      "predicted_us": .number(plan.predictedMicroseconds(of: step)),
    ])
  }

  private func json(_ segment: ExecutionPlan.Segment) -> JSONValue {
    .object([
      "first_step": .integer(segment.steps.lowerBound), "last_step": .integer(segment.steps.upperBound - 1),
      "images_at_a_time": .integer(plan.imagesAtATime(segment)),
    ])
  }

  private func json(_ buffer: ExecutionPlan.Buffer) -> JSONValue {
    .object([
      "name": .string(buffer.name), "offset": .integer(buffer.offset), "bytes": .integer(buffer.bytes),
      "first_step": .integer(buffer.firstStep), "last_step": .integer(buffer.lastStep),
    ])
  }
}

extension ExecutionPlan {
  /// The kernels of a step, each once; a step whose result is there already has none.
  func kernelNames(of step: Step) -> String { kernels(of: step).names }
}

extension ExecutionPlan {
  /// What a step takes on one core, roughly.
  func predictedMicroseconds(of step: Step) -> Double {
    let calls = step.turns.flatMap { self.calls[turns[$0].calls] }
    return Double(calls.reduce(0) { $0 + $1.predictedNanoseconds }) / 1000
  }

  /// A step's algorithm: its kernels, or what those of Winograd's are called together.
  func algorithm(of step: Step) -> String {
    let call = calls(of: step).first { $0.kernel == .winogradOutput }
    guard case .integer(let tile) = call?.arguments.first(where: { $0.name == "tile" })?.value else {
      return kernelNames(of: step)
    }
    return "winograd \(tile)x\(tile)"
  }
}

extension ExecutionPlan {
  /// What people are told of a batch that is divided: a line for each segment, none for a whole batch.
  var divisionLines: [String] {
    guard segments.contains(where: { $0.turns > 1 }) else { return [] }
    return segments.map { segment in
      let images = imagesAtATime(segment)
      return "steps \(segment.steps.lowerBound)-\(segment.steps.upperBound - 1): "
        + (images == 1 ? "an image" : "\(images) images") + " at a time"
    }
  }
}

extension [Kernel] {
  /// Each once.
  var names: String {
    var names: [String] = []
    for kernel in self where !names.contains(kernel.rawValue) { names.append(kernel.rawValue) }
    return names.isEmpty ? "none" : names.joined(separator: "+")
  }
}

/// What `plan` prints for people.
struct PlanText {
  let plan: ExecutionPlan

  init(_ plan: ExecutionPlan) { self.plan = plan }

  var text: String {
    var steps = TextTable([
      ("", .right), ("step", .left), ("kernel", .left), ("scratch", .right), ("us", .right),
      ("layers", .left),
    ])
    for (index, step) in plan.steps.enumerated() {
      steps.add([
        "\(index)", step.name.shortened(to: 18), plan.algorithm(of: step).shortened(to: 18),
        step.scratchBytes == 0 ? "" : Figures.bytes(step.scratchBytes),
        microseconds(step),
        Self.text(of: step.layers).shortened(to: 16),
      ])
    }
    var buffers = TextTable([("buffer", .left), ("offset", .right), ("bytes", .right), ("steps", .right)])
    for buffer in plan.buffers {
      buffers.add([
        buffer.name.shortened(to: 30), Figures.grouped(buffer.offset), Figures.grouped(buffer.bytes),
        "\(buffer.firstStep)-\(buffer.lastStep)",
      ])
    }
    let over = Double(plan.arenaBytes - plan.lowerBoundBytes) / Double(max(plan.lowerBoundBytes, 1))
    return [
      (["\(plan.name), batch \(plan.batch)"] + plan.divisionLines).joined(separator: "\n"), "", steps.text,
      "", buffers.text, "",
      "arena        \(Figures.grouped(plan.arenaBytes)) bytes (\(Figures.fixed(over * 100, digits: 1)) % above the bound)",
      "lower bound  \(Figures.grouped(plan.lowerBoundBytes)) bytes: the most that is in use at once",
      "unshared     \(Figures.grouped(plan.unsharedBytes)) bytes: every value with memory of its own",
      "parameters   \(Figures.grouped(plan.parameterBytes)) bytes, constants \(Figures.grouped(plan.constantBytes)) bytes",
    ].joined(separator: "\n")
  }

  private func microseconds(_ step: ExecutionPlan.Step) -> String {
    let number = plan.predictedMicroseconds(of: step)
    return Figures.fixed(number, digits: number < 1000 ? 1 : 0)
  }

  /// The layers fused into a step, those of one block with the block's name once: `block1.conv1+bn1`.
  static func text(of layers: [String]) -> String {
    var text = ""
    var block: Substring?
    for layer in layers {
      let start = layer.lastIndex(of: ".").map { layer.index(after: $0) } ?? layer.startIndex
      if !text.isEmpty { text += "+" }
      text += block == layer[..<start] ? String(layer[start...]) : layer
      block = layer[..<start]
    }
    return text
  }
}
