import CNNGraph

/// What dividing a batch is weighed with.
package struct CacheModel: Hashable, Sendable {
  /// Bytes of activations that stay in the last cache: what servers have for one or two of their cores.
  package var bytes = 8 << 20
  /// What beginning a step once more costs, as bytes that memory moves meanwhile: two microseconds.
  package var turnBytes = 32 << 10

  package init() {}

  /// Everything is always in the cache: no batch is divided.
  package static let unlimited: CacheModel = {
    var model = CacheModel()
    model.bytes = .max
    return model
  }()
}

/// Decides for how many images of a batch at a time steps are computed, one step after the other.
///
/// What a step writes for few images is still in the cache when the next step reads it; but each time weights are
/// read anew. The cheapest division is that which moves the fewest bytes through memory, by a model: a path
/// through the steps whose state is the number of turns, by dynamic programming.
struct BatchDivision {
  /// What a step moves.
  struct Step: Hashable {
    /// Bytes of one image that it reads and writes,
    var moved: Int
    /// and of one image that lie in the arena meanwhile.
    var live: Int
    /// Bytes that lie in the arena before it and are still needed by it or behind it, of one image.
    var entering: Int
    /// Bytes of parameters that it reads in all turns, for each of the numbers of turns that are considered.
    var parameters: [Double]
  }

  /// Steps times turns of a plan at most, and turns.
  static let mostRuns = 1 << 16, mostTurns = 256

  let batch: Int
  private let cache: CacheModel
  /// Numbers of turns that are considered, ascending.
  let turns: [Int]

  init(batch: Int, steps: Int, cache: CacheModel) {
    self.batch = batch
    self.cache = cache
    let most = min(batch, Self.mostTurns, max(1, Self.mostRuns / max(steps, 1)))
    var turns = [1]
    while let last = turns.last, last < most { turns.append(min(2 * last, most)) }
    self.turns = turns
  }

  /// The segments of steps, in order, which cover all of them; one that is not divided where nothing is gained.
  func segments(_ steps: [Step]) -> [ExecutionPlan.Segment] {
    guard let last = steps.indices.last else { return [] }
    var costs = turns.map { _ in 0.0 }
    // The state before each step from which each state at it is reached best.
    var origins: [[Int]] = []
    for (index, step) in steps.enumerated() {
      let cheapest = costs.indices.min { costs[$0] < costs[$1] } ?? 0
      let change = index == 0 ? 0 : costs[cheapest] + boundaryCost(step)
      var origin = Array(turns.indices)
      for state in turns.indices {
        if change < costs[state] {
          costs[state] = change
          origin[state] = cheapest
        }
        costs[state] += cost(step, state)
      }
      origins.append(origin)
    }
    var state = costs.indices.min { costs[$0] < costs[$1] } ?? 0
    var segments: [ExecutionPlan.Segment] = []
    var end = last + 1
    for index in steps.indices.reversed() {
      let origin = origins[index][state]
      guard index == 0 || origin != state else { continue }
      segments.append(.init(steps: index..<end, turns: turns[state]))
      end = index
      state = origin
    }
    return segments.reversed()
  }

  /// Bytes that a step moves through memory for the whole batch.
  private func cost(_ step: Step, _ state: Int) -> Double {
    let images = Double((batch + turns[state] - 1) / turns[state])
    let activations = Double(batch) * Double(step.moved) * misses(images * Double(step.live))
    return step.parameters[state] + Double(turns[state]) * Double(cache.turnBytes) + activations
  }

  /// Bytes that are moved because the step before is computed for all images first: written and read again.
  private func boundaryCost(_ step: Step) -> Double {
    let bytes = Double(batch) * Double(step.entering)
    return 2 * bytes * misses(bytes)
  }

  /// The share of so many bytes in use that is not in the cache when it is wanted.
  private func misses(_ bytes: Double) -> Double {
    bytes <= Double(cache.bytes) ? 0 : 1 - Double(cache.bytes) / bytes
  }
}

extension Graph {
  /// Whether what is computed of an image depends on no other one.
  var computesImagesAlone: Bool {
    assignments.isEmpty
      && nodes.allSatisfy { node in
        switch node.op {
        case .gradient, .training: false
        default: true
        }
      }
  }
}
