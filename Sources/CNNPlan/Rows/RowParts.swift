/// Where a program that makes rows is divided, so that its largest part takes the least memory.
struct RowParts {
  /// The steps behind which parts end, in ascending order; none behind the last.
  let barriers: [Int]

  /// A memory and the steps, both included, that use it.
  private struct Use {
    var first: Int
    var last: Int
    /// Bytes of the rows that are kept where all of its steps are in one part, and of all rows.
    var few: Int
    var whole: Int
  }

  /// - Parameter lives: by value, of a program without parts.
  init(_ graph: RowGraph, _ lives: [RowSchedule.Life]) {
    let count = graph.steps.count
    let uses = Self.uses(graph, lives)
    var beginning: [[Use]] = Array(repeating: [], count: count)
    var ending = beginning
    for use in uses {
      beginning[use.first].append(use)
      ending[use.last].append(use)
    }
    // least[e] is the largest part's bytes if steps 0..<e are divided best, and the last of those parts begins at start[e].
    var least = Array(repeating: Int.max, count: count + 1)
    var start = Array(repeating: 0, count: count + 1)
    least[0] = 0
    for first in 0..<count {
      // What is there already, in all of the part.
      let entering = uses.reduce(0) { $0 + ($1.first < first && $1.last >= first ? $1.whole : 0) }
      var inside = 0
      for last in first..<count {
        for use in beginning[last] { inside += use.whole }
        for use in ending[last] where use.first >= first { inside += use.few - use.whole }
        let bytes = max(least[first], entering + inside)
        if bytes < least[last + 1] { (least[last + 1], start[last + 1]) = (bytes, first) }
      }
    }
    var barriers: [Int] = []
    var end = count
    while end > 0, start[end] > 0 {
      end = start[end]
      barriers.append(end - 1)
    }
    self.barriers = barriers.reversed()
  }

  private static func uses(_ graph: RowGraph, _ lives: [RowSchedule.Life]) -> [Use] {
    var uses: [Int: Use] = [:]
    func note(_ step: Int, _ value: Int) {
      let root = graph.root(of: value).value
      guard graph.values[root].memory == .arena, lives[root].kept > 0 else { return }
      let bytes = graph.rowBytes(of: root)
      var use =
        uses[root]
        ?? Use(
          first: step, last: step, few: bytes * lives[root].kept,
          whole: bytes * graph.values[root].shape.height)
      use.last = step
      uses[root] = use
    }
    for (index, step) in graph.steps.enumerated() {
      for read in step.reads { note(index, read.value) }
      note(index, step.output)
    }
    return uses.sorted { $0.key < $1.key }.map(\.value)
  }
}
