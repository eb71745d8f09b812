import CNNGraph
import CNNPasses
import CNNPlan
import CNNSpec

extension SwiftEmitter {
  /// The type that trains, if there is to be one.
  func training(_ code: inout SwiftCode) {
    guard let step = SwiftTrainingStep(emission, image) else { return }
    let batch = step.plan.batch
    code.line()
    code.line(
      "/// Trains the network further by the recipe of its spec: loss, optimizer, dropout, batch norms. Learning rates"
    )
    code.line(
      "/// and changes of the images, such as flips, are the caller's. One thread at a time may use a value of this type."
    )
    code.block("public struct Training: ~Copyable, Sendable") { code in
      code.line("/// Images of a step.")
      code.line("public static let batch = \(batch)")
      code.line("/// Bytes of memory that a value of this type takes, its weights among them.")
      code.line("public static let memoryBytes = \(step.plan.arenaBytes + step.weightBytes)")
      code.line()
      code.line("private var training: EmbeddedTraining")
      code.line()
      step.initializer(&code)
      step.step(&code, labels: emission.labels)
      results(&code)
      input(&code, images: batch)
    }
  }

  private func results(_ code: inout SwiftCode) {
    code.line("/// Steps that were computed.")
    code.line("public var stepCount: Int { training.stepCount }")
    code.line()
    code.line("/// A copy of the weights as they are now, to compute with.")
    code.line("/// - Throws: where the machine has not the memory.")
    code.block("public func weights() throws(EmbeddingError) -> Weights") {
      $0.line("try Weights(copying: training)")
    }
    code.line()
    code.line(
      "/// The bytes of a safetensors file of the weights as they are now, which `Weights(safetensors:)` reads, and every"
    )
    code.line("/// command of `cnnc`. The optimizer's state is not in it.")
    code.block("public var safetensors: [UInt8]") { $0.line("training.safetensors(of: Weights.tensors)") }
    code.line()
  }
}

/// A training step's plan, and where its tensors lie: the network's as for inference, the optimizer's behind them.
private struct SwiftTrainingStep {
  let plan: ExecutionPlan
  /// Bytes of the network's tensors and those of the optimizer.
  let weightBytes: Int
  private let recipe: TrainingRecipe
  private let calls: SwiftCalls
  private let lossCalls: Int

  /// Nil where no step is to be emitted.
  init?(_ emission: Emission, _ image: WeightsImage) {
    guard let plan = emission.training else { return nil }
    precondition(plan.prologue.isEmpty && plan.constantBytes == 0, "a training step has no constants")
    precondition(plan.turns.count == plan.steps.count, "images of a training step depend on each other")
    guard plan.inputs.count == 2, plan.outputs.map(\.name) == ["loss", "scores"],
      let lossStep = plan.step(writing: plan.outputs[0])
    else { preconditionFailure("a training step of a whole batch computes the loss") }
    let state = WeightsImage(plan.parameters.filter { image.offset(of: $0.name) == nil })
    let offsets = plan.parameters.map { parameter in
      guard
        let offset = image.offset(of: parameter.name)
          ?? state.offset(of: parameter.name).map({ image.bytes + $0 })
      else { preconditionFailure("each tensor has a place") }
      return offset
    }
    self.plan = plan
    weightBytes = image.bytes + state.bytes
    recipe = emission.network.spec.training
    calls = SwiftCalls(plan: plan, offsets: offsets)
    lossCalls = plan.turns[lossStep].calls.upperBound
  }

  private func tensor(_ name: String) -> (offset: Int, count: Int)? {
    plan.parameters.firstIndex { $0.name == name }.map { (calls.offsets[$0], plan.parameters[$0].count) }
  }

  /// Bytes from the arena's start.
  private func place(of port: ExecutionPlan.Port) -> Int {
    guard case .arena(let offset) = port.operand.location else {
      preconditionFailure("\(port.name): inputs and outputs lie in the arena")
    }
    return offset
  }

  func initializer(_ code: inout SwiftCode) {
    let (rate, random) = (tensor(TrainingStep.rate), tensor(TrainingStep.random))
    precondition(random.map { $0.count == RandomState.dimensions[0] } ?? true, "a random state")
    let loss = plan.outputs[0]
    let targets = plan.inputs[1]
    code.line("/// - Parameters:")
    code.line("///   - weights: what to start from.")
    if random != nil { code.line("///   - seed: of what dropout drops.") }
    code.line("///   - threads: how many compute a step together; the results are the same, bit for bit.")
    code.line("/// - Throws: where the machine has not the memory, or does not start the threads.")
    let seed = random == nil ? "" : "seed: UInt64 = \(recipe.seed), "
    code.block("public init(weights: Weights, \(seed)threads: Int = 1) throws(EmbeddingError)") { code in
      code.line("training = try EmbeddedTraining(")
      code.line("  from: weights.storage,")
      code.line("  EmbeddedTraining.Layout(")
      code.line("    batch: \(plan.batch), arenaBytes: \(plan.arenaBytes), weightBytes: \(weightBytes),")
      code.line(
        "    images: \(place(of: plan.inputs[0])), targets: (\(place(of: targets)), \(plan.batch * targets.type.count)),"
      )
      code.line("    loss: (\(place(of: loss)), \(loss.operand.imageStride * 4)), lossCalls: \(lossCalls),")
      code.line(
        "    rate: \(rate.map { "(\($0.offset), \($0.count))" } ?? "nil"), random: \(random.map { "\($0.offset)" } ?? "nil")),"
      )
      code.line("  seed: \(random == nil ? "0" : "seed"), threads: threads,")
      code.line("  count: \(calls.count(of: plan.calls))")
      code.block(") { arena, weights, calls in", opens: false) { code in
        for turn in plan.turns { calls.add(turn, to: &code) }
      }
    }
    code.line()
  }

  /// The function that computes a step, of labels or of numbers as the loss takes them.
  /// - Parameter labels: those of the spec's classes.
  func step(_ code: inout SwiftCode, labels: [String]?) {
    let scores = plan.outputs[1].type.shape
    let count = plan.batch * plan.inputs[1].type.count
    let images = plan.batch == 1 ? "the image" : "the \(plan.batch) images"
    let isLabelled = labels?.count == scores.channels
    code.line(
      "/// Computes the loss of some images, and changes the weights by its gradient. Allocates nothing.")
    code.line("/// - Parameters:")
    switch recipe.loss {
    case .crossEntropy:
      let range = isLabelled ? "" : ", from 0 to \(scores.channels - 1)"
      let what =
        scores.area == 1 ? "of \(images)" : "of the pixels of \(images), \(count) of them, row behind row"
      code.line("///   - labels: the classes \(what)\(range).")
    case .meanSquaredError:
      code.line(
        "///   - targets: \(count) numbers that the network is to compute of \(images), plane behind plane.")
    }
    code.line("///   - learningRate: of this step.")
    code.line("/// - Returns: the mean loss of \(images), before the change.")
    code.line(
      "/// - Throws: `inputCount`, `\(recipe.loss == .crossEntropy && !isLabelled ? "noClass`, `" : "")learningRate`, and nothing has changed; `divergence`."
    )
    code.line("public mutating func step(")
    let parameter =
      recipe.loss == .crossEntropy ? "labels: [\(isLabelled ? "Label" : "Int")]" : "targets: Span<Float>"
    code.line("  _ input: Input, \(parameter), learningRate: Float")
    code.block(") throws(EmbeddingError) -> Float {", opens: false) { code in
      switch recipe.loss {
      case .crossEntropy:
        code.line("try training.step(")
        code.line(
          "  input.elements, labels: labels.count, classes: \(scores.channels), learningRate: learningRate")
        code.line(") { labels[$0]\(isLabelled ? ".rawValue" : "") }")
      case .meanSquaredError:
        code.line("try training.step(input.elements, targets: targets, learningRate: learningRate)")
      }
    }
    code.line()
  }
}
