import CNNGraph
import CNNSpec

/// A graph as a program that makes rows, and keeps of each value those that are still needed.
package struct RowPlan: Sendable {
  /// Where the rows of a value lie.
  package struct Rows: Hashable, Sendable {
    package enum Memory: Hashable, Sendable {
      /// Bytes from the arena's start.
      case arena(offset: Int)
      case input
      case output(index: Int)
    }

    package var memory: Memory
    /// Elements from there to the first one.
    package var first: Int
    /// Rows that lie in memory; row r lies where r % kept does.
    package var kept: Int
    /// Elements from a row to the next, from a column, from a channel.
    package var row: Int
    package var pixel: Int
    package var channel: Int
  }

  package struct Step: Sendable {
    package var name: String
    package var call: RowCall
    /// What it writes, then what it reads, in the kernel's order.
    package var operands: [Rows]
  }

  /// In the graph's order.
  package var steps: [Step]
  /// The step of each turn, for one image; images are computed one after the other.
  package var order: [Int]
  package var arenaBytes: Int
}

extension Planner {
  /// The plan for a batch size, and the same graph as a program that makes rows.
  /// - Parameter graph: of row-major activations, with one input, in which nothing is packed or pooled at another's store.
  /// - Throws: as ``plan(_:batch:cache:)``.
  package static func planRows(
    _ graph: Graph, batch: Int
  ) throws(Diagnostics) -> (whole: ExecutionPlan, rows: RowPlan) {
    let planner = try planned(graph, batch: batch, cache: CacheModel())
    let locations = planner.parameterIndices.mapValues { Location.parameter(index: $0) }
      .merging(planner.constantOffsets.mapValues { Location.constant(offset: $0) }) { first, _ in first }
    return (planner.plan, RowPlanner(RowGraph(graph, locations: locations)).plan())
  }
}

/// Decides in which order rows are made, and where they lie.
///
/// Rows of all steps in turn keep the least of each value, but something of all values at once; whole activations one
/// after the other keep few values, but those whole. Networks begin with large maps and end with small ones, so mostly it
/// is best to make rows of some steps in turn, then of some more: dynamic programming over where one part ends finds the
/// parts whose largest takes the least, if none of a part's buffers share memory. What the arena takes is then planned
/// exactly, for these, for no parts and for a part of each step, and the smallest is taken.
struct RowPlanner {
  private let graph: RowGraph

  init(_ graph: RowGraph) { self.graph = graph }

  func plan() -> RowPlan {
    let plain = RowSchedule(graph, barriers: [])
    var best = plan(plain)
    for barriers in [RowParts(graph, plain.lives).barriers, Array(graph.steps.indices.dropLast())] {
      let other = plan(RowSchedule(graph, barriers: barriers))
      if other.arenaBytes < best.arenaBytes { best = other }
    }
    return best
  }

  private func plan(_ schedule: RowSchedule) -> RowPlan {
    let placed = graph.values.indices.filter {
      graph.root(of: $0).value == $0 && graph.values[$0].memory == .arena && schedule.lives[$0].kept > 0
    }
    let requests = placed.map { value in
      let life = schedule.lives[value]
      return BufferRequest(
        bytes: graph.rowBytes(of: value) * life.kept, firstUse: life.first, lastUse: life.last)
    }
    guard let arena = ArenaPlanner.plan(requests) else {
      preconditionFailure("all activations' sizes have been checked")
    }
    let offsets = Dictionary(uniqueKeysWithValues: zip(placed, arena.offsets))
    func rows(_ value: Int) -> RowPlan.Rows {
      let (root, channel) = graph.root(of: value)
      let whole = graph.values[root]
      func planes(_ memory: RowPlan.Rows.Memory) -> RowPlan.Rows {
        RowPlan.Rows(
          memory: memory, first: channel * whole.shape.area, kept: whole.shape.height, row: whole.shape.width,
          pixel: 1, channel: whole.shape.area)
      }
      switch whole.memory {
      case .input: return planes(.input)
      case .output(let index): return planes(.output(index: index))
      case .arena:
        return RowPlan.Rows(
          memory: .arena(offset: offsets[root] ?? 0), first: channel, kept: max(schedule.lives[root].kept, 1),
          row: whole.shape.width * whole.shape.channels, pixel: whole.shape.channels, channel: 1)
      }
    }
    let steps = graph.steps.map { step in
      RowPlan.Step(
        name: step.name, call: step.call, operands: ([step.output] + step.reads.map(\.value)).map(rows))
    }
    return RowPlan(steps: steps, order: schedule.order, arenaBytes: arena.bytes)
  }
}

extension RowGraph {
  /// Bytes of a row of a value that lies in no other.
  func rowBytes(of value: Int) -> Int {
    values[value].shape.width * values[value].shape.channels * ElementType.float32.byteCount
  }
}
