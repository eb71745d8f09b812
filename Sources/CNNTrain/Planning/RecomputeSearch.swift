import CNNGraph
import CNNPasses
import CNNPlan
import CNNSpec

/// Chooses what a training step computes again so that its arena fits into some bytes.
///
/// The candidates, those that save the most for the least work first, are dropped from the front on until
/// the arena's lower bound fits; then whatever is not needed for that is kept after all. Finding the
/// cheapest set is NP-hard; of the sets that are looked at, ``least(batch:)`` is the one that needs least.
struct RecomputeSearch {
  private let step: TrainingStep
  private let candidates: [Recomputation.Candidate]
  /// Bounds with so many candidates dropped, from the front.
  private var bounds: [Int: ArenaBound] = [:]

  init(_ step: TrainingStep) {
    self.step = step
    candidates = Recomputation.candidates(of: step.graph, forwardCount: step.forwardCount)
  }

  /// How many candidates a set has, coarsely: none, an eighth, ..., all of them.
  private var levels: [Int] {
    var levels: [Int] = []
    for eighth in 0...8 where levels.last != candidates.count * eighth / 8 {
      levels.append(candidates.count * eighth / 8)
    }
    return levels
  }

  private static func values(_ candidates: some Sequence<Recomputation.Candidate>) -> Set<ValueID> {
    candidates.reduce(into: []) { $0.formUnion($1.recomputed) }
  }

  private func bound(dropping values: Set<ValueID>) -> ArenaBound {
    ArenaBound(StepGraphs.finished(step, dropping: values))
  }

  /// The least that the arena takes with so many candidates dropped; `Int.max` where no machine has as much.
  mutating func bytes(dropping count: Int, batch: Int) -> Int {
    let bound = bounds[count] ?? bound(dropping: Self.values(candidates.prefix(count)))
    bounds[count] = bound
    return bound.bytes(batch: batch) ?? .max
  }

  /// The number of candidates to drop for the smallest arena.
  mutating func least(batch: Int) -> Int {
    let sizes = levels.map { (bytes: bytes(dropping: $0, batch: batch), count: $0) }
    return sizes.min { $0 < $1 }?.count ?? 0
  }

  /// The values of the first candidates.
  func values(first count: Int) -> Set<ValueID> { Self.values(candidates.prefix(count)) }

  /// Values to compute again so that the arena's lower bound is at most `limit`; nil where none are found.
  mutating func values(fitting limit: Int, batch: Int) -> Set<ValueID>? {
    let levels = levels
    guard let index = levels.indices.first(where: { bytes(dropping: levels[$0], batch: batch) <= limit })
    else { return nil }
    if levels[index] == 0 { return [] }
    var (tooFew, enough) = (levels[index - 1], levels[index])
    while enough - tooFew > 1 {
      let middle = (tooFew + enough) / 2
      if bytes(dropping: middle, batch: batch) <= limit { enough = middle } else { tooFew = middle }
    }
    return pruned(Array(candidates.prefix(enough)), limit: limit, batch: batch)
  }

  /// Keeps what need not be dropped: runs of candidates, then shorter ones, down to single ones where
  /// there are few.
  private func pruned(_ chosen: [Recomputation.Candidate], limit: Int, batch: Int) -> Set<ValueID> {
    var chosen = chosen
    var trials = 24
    var length = max(chosen.count / 2, 1)
    while true {
      var end = chosen.count
      while end > 0, trials > 0 {
        let start = max(end - length, 0)
        var fewer = chosen
        fewer.removeSubrange(start..<end)
        trials -= 1
        if let bytes = bound(dropping: Self.values(fewer)).bytes(batch: batch), bytes <= limit {
          chosen = fewer
        }
        end = start
      }
      if length == 1 || trials == 0 { return Self.values(chosen) }
      length /= 2
    }
  }
}
