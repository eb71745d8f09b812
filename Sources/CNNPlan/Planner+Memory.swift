import CNNGraph
import CNNSpec

extension Planner {
  /// Places what is computed when weights are bound, in memory of its own: what steps read stays to the end,
  /// intermediates and scratch memory make room for others.
  mutating func planConstants() throws(Diagnostics) {
    let nodes = graph.nodeIDs.filter { placement.isConstant[graph[$0].output.index] }
    var lastUse: [Int: Int] = [:]
    for (step, id) in nodes.enumerated() {
      for value in graph[id].parameters + graph[id].outputs { lastUse[value.index] = step }
    }
    for id in stepNodes {
      for value in graph[id].inputs + graph[id].parameters { lastUse[value.index] = nodes.count }
    }
    for output in graph.outputs { lastUse[output.value.index] = nodes.count }

    var requests: [BufferRequest] = []
    var values: [Int?] = []
    var scratch: [Int: Int] = [:]
    for (step, id) in nodes.enumerated() {
      for value in graph[id].outputs {
        let bytes = checkedBytes(of: graph[value].type)
        requests.append(BufferRequest(bytes: bytes, firstUse: step, lastUse: lastUse[value.index] ?? step))
        values.append(value.index)
      }
      let bytes = scratchBytes(graph[id], batch: 1)
      guard bytes > 0 else { continue }
      scratch[step] = requests.count
      requests.append(BufferRequest(bytes: bytes, firstUse: step, lastUse: step))
      values.append(nil)
    }
    guard let arena = ArenaPlanner.plan(requests) else { throw tooMuch(scratch: []) }
    for (value, offset) in zip(values, arena.offsets) {
      if let value { constantOffsets[value] = offset }
    }
    plan.constantBytes = arena.bytes
    for (step, id) in nodes.enumerated() {
      let place = scratch[step].map { Operand(.constant(offset: arena.offsets[$0])) }
      plan.prologue += lower(graph[id], images: 0..<1, scratch: place)
    }
  }

  /// What the steps need: all roots, in the order of `roots`, then the scratch memory of each step.
  struct MemoryNeeds {
    var segments: [ExecutionPlan.Segment] = []
    var requests: [BufferRequest] = []
    var roots: [Int] = []
    var scratch: [Int] = []
  }

  /// How the batch is divided, and lifetimes and sizes of all roots and scratch memories in steps.
  mutating func memoryNeeds() -> MemoryNeeds {
    var needs = MemoryNeeds()
    let lifetimes = rootLifetimes(last: max(stepNodes.count - 1, 0))
    let pieceTypes = typesOfPieces()
    needs.segments = segments(lifetimes, pieceTypes)
    let segmentOfStep = needs.segments.flatMap { segment in segment.steps.map { _ in segment } }
    innerRoots = []
    for root in placement.forest.pieces.indices where placement.forest.isRoot(root) {
      needs.roots.append(root)
      var lifetime = lifetimes[root]
      let images = settle(root, &lifetime, segmentOfStep)
      needs.requests.append(
        BufferRequest(
          bytes: checkedBytes(of: pieceTypes[root], images: images), firstUse: lifetime.first,
          lastUse: lifetime.last))
    }
    needs.scratch = zip(stepNodes, segmentOfStep).map { id, segment in
      // Turns are of two sizes at most.
      [0, segment.turns - 1].map {
        scratchBytes(graph[id], batch: segment.images(turn: $0, batch: batch).count)
      }.max() ?? 0
    }
    for (step, bytes) in needs.scratch.enumerated() {
      needs.requests.append(BufferRequest(bytes: bytes, firstUse: step, lastUse: step))
    }
    return needs
  }

  /// Places what the steps need in the arena.
  mutating func planArena() throws(Diagnostics) {
    let needs = memoryNeeds()
    guard let arena = ArenaPlanner.plan(needs.requests), arena.bytes <= Self.largestBytes else {
      throw tooMuch(scratch: needs.scratch)
    }
    for (root, offset) in zip(needs.roots, arena.offsets) { rootOffsets[root] = offset }
    scratchOffsets = Array(arena.offsets.dropFirst(needs.roots.count))
    plan.segments = needs.segments
    plan.arenaBytes = arena.bytes
    plan.lowerBoundBytes = arena.lowerBound
    describeSteps(scratch: needs.scratch)
    describeBuffers(needs.requests, roots: needs.roots)
    countUnshared(scratch: needs.scratch)
  }

  private func typesOfPieces() -> [TensorType] {
    var types = [TensorType?](repeating: nil, count: placement.forest.pieces.count)
    for id in graph.valueIDs {
      if let piece = placement.piece[id.index], types[piece] == nil { types[piece] = graph[id].type }
    }
    return types.map { type in
      guard let type else { preconditionFailure("a piece without a value") }
      return type
    }
  }

  private mutating func describeSteps(scratch: [Int]) {
    plan.steps = zip(stepNodes, scratch).map { id, bytes in
      let node = graph[id]
      return ExecutionPlan.Step(
        name: graph[node.output].name, node: id, layers: node.layers,
        reads: (node.inputs + node.parameters).map { graph[$0].name }, outputs: [],
        scratchBytes: bytes, work: work(of: node), turns: [])
    }
  }

  private func work(of node: Node) -> ExecutionPlan.Work {
    var work = ExecutionPlan.Work()
    work.multiplications = (graph.multiplications(of: node) * batch).value ?? .max
    for id in Set(node.inputs + node.parameters) {
      let bytes = checkedBytes(of: graph[id].type)
      if graph[id].type.isBatched { work.readBytes += bytes } else { work.weightBytes += bytes }
    }
    for id in node.outputs { work.writtenBytes += checkedBytes(of: graph[id].type) }
    return work
  }

  /// The report's buffers: roots in the order of their first use, then scratch memories.
  private mutating func describeBuffers(_ requests: [BufferRequest], roots: [Int]) {
    var names: [Int: [String]] = [:]
    var spanning: [Int: String] = [:]
    for id in graph.valueIDs {
      guard let piece = placement.piece[id.index] else { continue }
      let root = placement.root(ofPiece: piece)
      names[root, default: []].append(graph[id].name)
      if piece == root, spanning[root] == nil { spanning[root] = graph[id].name }
    }
    for (index, request) in requests.enumerated() where request.bytes > 0 {
      let isRoot = index < roots.count
      let name = isRoot ? spanning[roots[index]] ?? "" : "\(plan.steps[index - roots.count].name) (scratch)"
      let offset = isRoot ? rootOffsets[roots[index]] ?? 0 : scratchOffsets[index - roots.count]
      plan.buffers.append(
        ExecutionPlan.Buffer(
          name: name, values: isRoot ? names[roots[index]] ?? [] : [], offset: offset, bytes: request.bytes,
          firstStep: request.firstUse, lastStep: request.lastUse))
    }
    let sorted = plan.buffers.enumerated().sorted { ($0.1.firstStep, $0.0) < ($1.1.firstStep, $1.0) }
    plan.buffers = sorted.map(\.element)
  }

  private mutating func countUnshared(scratch: [Int]) {
    for id in graph.valueIDs where placement.piece[id.index] != nil {
      plan.unsharedBytes += ArenaPlanner.aligned(checkedBytes(of: graph[id].type)) ?? 0
    }
    for bytes in scratch { plan.unsharedBytes += ArenaPlanner.aligned(bytes) ?? 0 }
  }
}
