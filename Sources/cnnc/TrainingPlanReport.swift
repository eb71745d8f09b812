import CNN
import CNNPlan
import CNNSpec

/// The JSON that `plan --training` prints: that of inference for the step, or for its first part, with the
/// plans of the other parts and of the update under `others`.
struct TrainingPlanDocument {
  let memory: TrainingMemory

  init(_ memory: TrainingMemory) { self.memory = memory }

  var json: JSONValue {
    let plans = memory.plans.step.plans
    guard case .object(var members) = PlanDocument(plans[0]).json else {
      preconditionFailure("a plan is an object")
    }
    members.append(("training", memory.json))
    members.append(("others", .array(plans.dropFirst().map { PlanDocument($0).json })))
    return .object(members)
  }
}

/// What `plan --training` prints for people.
struct TrainingPlanText {
  let memory: TrainingMemory

  init(_ memory: TrainingMemory) { self.memory = memory }

  var text: String {
    let plans = memory.plans
    let parts = plans.step.parts
    var texts: [String] = []
    for plan in plans.step.plans { texts.append(PlanText(plan).text) }
    if parts.count > 1 {
      texts[0] = "the first part, which starts the sums of gradients\n" + texts[0]
      for (index, size) in plans.step.others.keys.sorted(by: >).enumerated() {
        let count = (1..<parts.count).count { parts.images(of: $0).count == size }
        texts[index + 1] = "\(count) further parts of \(size) images\n" + texts[index + 1]
      }
      texts[texts.count - 1] = "the update behind the last part\n" + texts[texts.count - 1]
    }
    texts.append(totals)
    return texts.joined(separator: "\n\n")
  }

  private var totals: String {
    let plans = memory.plans
    var lines = [
      "tensors      \(Figures.grouped(plans.parameterBytes)) bytes: weights",
      "state        \(Figures.grouped(plans.stateBytes)) bytes: "
        + (plans.accumulators.isEmpty ? "the optimizer's" : "the optimizer's, and sums of gradients"),
      "total        \(Figures.grouped(plans.totalBytes)) bytes, with the arena's "
        + Figures.grouped(plans.arenaBytes),
    ]
    if !plans.recomputed.isEmpty {
      lines.append("recomputed   " + plans.recomputed.joined(separator: ", "))
    }
    return lines.joined(separator: "\n")
  }
}
