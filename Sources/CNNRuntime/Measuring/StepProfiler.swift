import CNNGraph
import CNNPlan

/// The time of each step of one run or of a training step, taken in several passes.
package struct StepProfiler: Sendable {
  /// A step, or those of one name in plans that are run one after the other.
  package struct Row: Sendable {
    package var name: String
    package var layers: [String]
    package var kernels: [Kernel]
    /// Of all of them.
    package var work: ExecutionPlan.Work
    /// Into how many parts they divide the batch.
    package var turns: Int
    /// Seconds of all of them, in each pass.
    package var samples: [Double] = []

    package var seconds: Double { SampleStatistics(samples).median }
  }

  /// In the order in which they are first run.
  package private(set) var rows: [Row] = []
  /// The row of each step of each plan.
  private var rowOfStep: [[Int]] = []

  /// - Parameter plans: those that are run one after the other; the parts of a training step compute the same, so
  ///   a step of one of them is counted together with that of the same name of the others.
  package init(_ plans: [ExecutionPlan]) {
    var places: [String: Int] = [:]
    for plan in plans {
      var seen: [String: Int] = [:]
      var indices: [Int] = []
      for step in plan.steps {
        // Within a plan each step has a row of its own, whatever it is called.
        let key = "\(step.name)#\(seen[step.name, default: 0])"
        seen[step.name, default: 0] += 1
        if let place = places[key] {
          rows[place].work += step.work
          rows[place].turns += step.turns.count
          indices.append(place)
        } else {
          places[key] = rows.count
          indices.append(rows.count)
          rows.append(
            Row(
              name: step.name, layers: step.layers, kernels: plan.kernels(of: step), work: step.work,
              turns: step.turns.count))
        }
      }
      rowOfStep.append(indices)
    }
  }

  /// Begins a pass, in which every step is to be run and told of.
  package mutating func beginPass() {
    for row in rows.indices { rows[row].samples.append(0) }
  }

  /// Takes the seconds of a step of the pass, or of one of its turns.
  /// - Parameter plan: its number among those that are run.
  package mutating func add(plan: Int, step: Int, seconds: Double) {
    let row = rowOfStep[plan][step]
    rows[row].samples[rows[row].samples.count - 1] += seconds
  }
}
