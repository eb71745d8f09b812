import CNNPlan
import CNNRuntime
import CNNSpec

/// Where the first number that is not finite came from, once a loss is not.
enum Divergence {
  /// Computes the forward half again, step by step.
  /// - Parameters:
  ///   - session: with its inputs as they were; the weights have not changed since.
  ///   - end: the plan's step that computes the loss.
  ///   - step: the training step's number, from 1.
  static func finding(_ session: inout TrainingSession, through end: Int, step: Int) -> Diagnostics {
    let plan = session.plan
    for index in 0...end {
      for name in plan.steps[index].reads where isParameter(name, plan) && !session.isFinite(name) {
        return Diagnostics(
          finding(
            "the loss of step \(step) is not finite: \(name) is not, since the update of step \(step - 1)"))
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

  private static func isParameter(_ name: String, _ plan: ExecutionPlan) -> Bool {
    plan.parameters.contains { $0.name == name }
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
