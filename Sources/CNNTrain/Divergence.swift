import CNNPlan
import CNNRuntime
import CNNSpec

/// Where the first number that is not finite came from, once a loss is not.
enum Divergence {
  /// Computes the forward half again, step by step.
  /// - Parameters:
  ///   - session: with its inputs as they were; no weight has changed since.
  ///   - end: the plan's step that computes the loss.
  ///   - step: the training step's number, from 1.
  static func finding(_ session: inout TrainingSession, through end: Int, step: Int) -> Diagnostics {
    let plan = session.plan
    // Running statistics are changed before the loss is known, so they tell nothing of steps before.
    let changed = Set(
      plan.steps[...end].flatMap(\.outputs).compactMap { output in
        if case .parameter(let index) = output.operand.location { index } else { nil }
      })
    for index in 0...end {
      for name in plan.steps[index].reads where isKept(name, plan, changed) && !session.isFinite(name) {
        let since = step == 1 ? "from the start" : "since the update of step \(step - 1)"
        return Diagnostics(finding("the loss of step \(step) is not finite: \(name) is not, \(since)"))
      }
      session.run(steps: index..<index + 1)
      for output in plan.steps[index].outputs where !session.values(of: output).allSatisfy(\.isFinite) {
        let layer = plan.steps[index].layers.first ?? output.name
        return Diagnostics(
          finding("the loss of step \(step) is not finite: `\(layer)` is the first layer that is not"))
      }
    }
    return Diagnostics(finding("the loss of step \(step) is not finite"))
  }

  /// That what is about to be written can be trained on.
  static func check(_ tensors: [NamedTensor], step: Int) throws(Diagnostics) {
    guard let wrong = tensors.first(where: { !$0.values.allSatisfy(\.isFinite) }) else { return }
    throw Diagnostics(
      finding("\(wrong.name) is not finite since the update of step \(step), or one before it"))
  }

  static func validation(epoch: Int) -> Diagnostics {
    Diagnostics(finding("the validation loss of epoch \(epoch) is not finite"))
  }

  /// Whether a name is that of a parameter that the steps so far have not changed.
  private static func isKept(_ name: String, _ plan: ExecutionPlan, _ changed: Set<Int>) -> Bool {
    guard let index = plan.parameters.firstIndex(where: { $0.name == name }) else { return false }
    return !changed.contains(index)
  }

  private static func finding(_ message: String) -> Diagnostic {
    Diagnostic(
      .trainingDiverged, message, at: .none,
      help: [
        "a smaller learning rate, --learning-rate, or a warm-up: `schedule: {constant: {warmup: 1}}`",
        "`clip: 1` in `train` bounds the gradient's norm", "the last checkpoint is as it was",
      ])
  }
}
