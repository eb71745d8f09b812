import CNNGraph

extension Pass {
  /// Moves every update (a node that reads tensors and gradients of tensors alone, for nothing but updates) to
  /// where its operands are there and all that read the tensors it changes have run, so that a gradient is not
  /// kept to the step's end.
  ///
  /// Nothing is computed otherwise: the same nodes read the same values.
  package static let updateEarly = Pass("update early") { graph in
    var order = UpdateOrder(graph)
    var rewriter = GraphRewriter(graph)
    for node in order.nodes() { rewriter.keep(graph[node]) }
    return rewriter.finished()
  }
}

/// The order of a graph's nodes in which updates come as early as they can.
private struct UpdateOrder {
  private let graph: Graph
  /// The nodes that wait for each node.
  private var waiting: [[NodeID]]
  /// How many nodes each update still waits for.
  private var missing: [Int]
  private var isUpdate: [Bool]

  init(_ graph: Graph) {
    self.graph = graph
    waiting = Array(repeating: [], count: graph.nodes.count)
    missing = Array(repeating: 0, count: graph.nodes.count)
    isUpdate = graph.nodes.map(\.inputs.isEmpty)
    var target: [ValueID: ValueID] = [:]
    for assignment in graph.assignments { target[assignment.value] = assignment.parameter }
    let users = graph.users()
    for id in graph.nodeIDs.reversed() where isUpdate[id.index] {
      // What packs weights for a layer belongs to that layer.
      isUpdate[id.index] = graph[id].outputs.allSatisfy { users[$0.index].allSatisfy { isUpdate[$0.index] } }
    }
    for id in graph.nodeIDs where isUpdate[id.index] {
      var before = Set(graph[id].parameters.compactMap { graph.producer(of: $0) })
      for output in graph[id].outputs {
        if let changed = target[output] { before.formUnion(users[changed.index]) }
      }
      before.remove(id)
      for node in before.sorted() { waiting[node.index].append(id) }
      missing[id.index] = before.count
    }
  }

  mutating func nodes() -> [NodeID] {
    var order: [NodeID] = []
    order.reserveCapacity(graph.nodes.count)
    // In the graph's own order everything that an update waits for precedes it, so none is left over.
    var ready = graph.nodeIDs.filter { isUpdate[$0.index] && missing[$0.index] == 0 }[...]
    for id in graph.nodeIDs {
      if !isUpdate[id.index] { ready.append(id) }
      while let next = ready.popFirst() {
        order.append(next)
        for update in waiting[next.index] {
          missing[update.index] -= 1
          if missing[update.index] == 0 { ready.append(update) }
        }
      }
    }
    precondition(order.count == graph.nodes.count, "an update waits for nothing that comes")
    return order
  }
}
