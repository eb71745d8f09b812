/// An order in which steps make rows, each as late as it can: whatever a row of the end needs is made for it.
///
/// A barrier behind a step ends a part of the program: all that later steps read of what the steps up to it make is made
/// whole before they begin. With a barrier behind each step, whole activations are computed one after the other.
struct RowSchedule {
  /// The life of what lies in one memory.
  struct Life: Hashable {
    /// Rows that lie there at once, from the oldest that is still needed to the newest.
    var kept = 0
    /// The turns, in the order in which they are, of the first write and the last use.
    var first = Int.max
    var last = -1
  }

  private let graph: RowGraph
  private let roots: [Int]
  /// The step of each turn.
  private(set) var order: [Int] = []
  /// By root; those that nothing is written to have no rows.
  private(set) var lives: [Life] = []
  /// Of steps.
  private var turns: [Int]
  private var finished: [Int]
  /// The turns of the first write and the last use of each row, by root.
  private var writes: [[Int]]
  private var uses: [[Int]]

  /// - Parameter barriers: steps in ascending order.
  init(_ graph: RowGraph, barriers: [Int]) {
    self.graph = graph
    roots = graph.values.indices.map { graph.root(of: $0).value }
    turns = Array(repeating: 0, count: graph.steps.count)
    finished = turns
    writes = graph.values.indices.map { index in
      Array(repeating: -1, count: graph.root(of: index).value == index ? graph.values[index].shape.height : 0)
    }
    uses = writes
    let lastReaders = graph.lastReaders
    for barrier in barriers {
      make((0...barrier).filter { lastReaders[$0] > barrier })
    }
    make(graph.outputs.flatMap { graph.values[$0].producers })
    lives = graph.values.indices.map { life(of: $0) }
  }

  /// Makes all rows of some steps, in equal shares.
  private mutating func make(_ steps: [Int]) {
    let most = steps.map { graph.steps[$0].writes.rows }.max() ?? 0
    for share in stride(from: 1, through: most, by: 1) {
      for step in steps {
        let rows = graph.steps[step].writes.rows
        make(rows: (rows * share + most - 1) / most, of: step)
      }
    }
  }

  /// Makes rows of a step, and before each turn what it reads.
  private mutating func make(rows: Int, of step: Int) {
    var pending = [(step: step, rows: rows)]
    while let next = pending.last {
      guard finished[next.step] < next.rows else {
        pending.removeLast()
        continue
      }
      let missing = firstMissing(for: next.step)
      if let missing { pending.append(missing) } else { turn(next.step) }
    }
  }

  /// What the next turn of a step reads and is not there.
  private func firstMissing(for step: Int) -> (step: Int, rows: Int)? {
    for read in graph.steps[step].reads {
      let rows = read.rows.rows(of: turns[step])
      guard !rows.isEmpty else { continue }
      for producer in graph.values[read.value].producers where finished[producer] < rows.upperBound {
        return (producer, rows.upperBound)
      }
    }
    return nil
  }

  private mutating func turn(_ index: Int) {
    let step = graph.steps[index]
    let now = order.count
    order.append(index)
    for row in step.writes.touched(by: turns[index]) {
      let root = roots[step.output]
      if writes[root][row] < 0 { writes[root][row] = now }
      uses[root][row] = now
    }
    for read in step.reads {
      let root = roots[read.value]
      for row in read.rows.rows(of: turns[index]) { uses[root][row] = now }
    }
    turns[index] += 1
    finished[index] = step.writes.finished(after: turns[index])
  }

  private func life(of root: Int) -> Life {
    var life = Life()
    var oldest = 0
    for row in writes[root].indices where writes[root][row] >= 0 {
      while oldest < row, writes[root][oldest] < 0 || uses[root][oldest] < writes[root][row] { oldest += 1 }
      life.kept = max(life.kept, row - oldest + 1)
      life.first = min(life.first, writes[root][row])
      life.last = max(life.last, uses[root][row])
    }
    return life
  }
}

extension RowGraph {
  /// For each step the last one that reads what it makes; -1 where none does.
  var lastReaders: [Int] {
    var last = Array(repeating: -1, count: steps.count)
    for (index, step) in steps.enumerated() {
      for read in step.reads {
        for producer in values[read.value].producers { last[producer] = max(last[producer], index) }
      }
    }
    return last
  }
}
