import CNNGraph
import CNNSpec

/// The least that a graph's arena can take, for any batch size, without placing anything: far faster than a
/// plan, which mostly needs no more.
package struct ArenaBound {
  private let planner: Planner

  package init(_ graph: Graph) { planner = Planner(graph, batch: 1) }

  /// ``ExecutionPlan/lowerBoundBytes`` of the plan for a batch size, or nil where no machine has as much.
  package func bytes(batch: Int) -> Int? {
    precondition(batch > 0, "a batch has images")
    var planner = planner
    planner.batch = batch
    do throws(Diagnostics) { try planner.checkSizes() } catch { return nil }
    let requests = planner.memoryNeeds().requests
    guard let sizes = ArenaPlanner.sizes(requests) else { return nil }
    let most = LiveProfile(requests, sizes: sizes).most
    return most <= Planner.largestBytes ? most : nil
  }
}
