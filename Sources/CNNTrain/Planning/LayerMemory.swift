import CNNPlan

/// What a layer needs while a training step needs the most memory.
struct LayerMemory: CustomStringConvertible {
  var layer: String
  var bytes: Int

  var description: String { "\(layer) (\(bytes) bytes)" }

  /// The layers that need the most: their tensors, the optimizer's state of those, sums of gradients, and what
  /// of the arena they fill in the step's fullest moment.
  static func largest(of plans: TrainingPlans, count: Int) -> [LayerMemory] {
    var bytes: [String: Int] = [:]
    let parameters = plans.parameterTensors.map(\.name)
    for tensor in plans.tensors {
      // State and sums are named after their parameter: `velocity.conv1.weight`.
      let base = tensor.name.drop { $0 != "." }.dropFirst()
      let name =
        !parameters.contains(tensor.name) && parameters.contains(String(base)) ? String(base) : tensor.name
      guard let dot = name.lastIndex(of: ".") else { continue }
      bytes[String(name[..<dot]), default: 0] += StepGraphs.bytes(of: [tensor])
    }
    let fullest = plans.step.plans.max { $0.arenaBytes < $1.arenaBytes }
    if let fullest {
      for (layer, taken) in arenaBytes(of: fullest) { bytes[layer, default: 0] += taken }
    }
    let sorted = bytes.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    return sorted.prefix(count).map { LayerMemory(layer: $0.key, bytes: $0.value) }
  }

  /// What each layer fills of the arena at the step at which most is in use.
  private static func arenaBytes(of plan: ExecutionPlan) -> [String: Int] {
    var changes = Array(repeating: 0, count: plan.steps.count + 1)
    for buffer in plan.buffers {
      changes[buffer.firstStep] += buffer.bytes
      changes[buffer.lastStep + 1] -= buffer.bytes
    }
    var (inUse, most, peak) = (0, 0, 0)
    for (step, change) in changes.enumerated() {
      inUse += change
      if inUse > most { (most, peak) = (inUse, step) }
    }
    var layers: [String: String] = [:]
    for step in plan.steps { for value in step.writes { layers[value] = step.layers.first } }
    var bytes: [String: Int] = [:]
    for buffer in plan.buffers where buffer.firstStep <= peak && peak <= buffer.lastStep {
      let layer = buffer.values.isEmpty ? plan.steps[buffer.firstStep].layers.first : layers[buffer.name]
      bytes[layer ?? buffer.name, default: 0] += buffer.bytes
    }
    return bytes
  }
}
