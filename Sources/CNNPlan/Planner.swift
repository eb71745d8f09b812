import CNNGraph
import CNNSpec

/// Turns a graph into kernel calls over one arena.
///
/// Nodes run in the graph's order. `MemoryPlacement` says which values share memory, `ArenaPlanner` where
/// that memory lies, each operator which kernels it calls.
package struct Planner {
  /// No 64-bit process has more address space; sums of such sizes do not overflow either.
  static let largestBytes = 1 << 47

  let graph: Graph
  var batch: Int
  let cache: CacheModel
  var placement: MemoryPlacement
  var plan: ExecutionPlan
  /// The step of each node; nil where it has nothing to do or is computed when weights are bound.
  var stepOfNode: [Int?]
  /// The nodes of the steps.
  var stepNodes: [NodeID]
  /// The roots that hold no more than the images of one turn, which are those of values inside of one segment.
  var innerRoots: Set<Int> = []
  /// Arena offsets of the pieces that are roots, and of each step's scratch memory.
  var rootOffsets: [Int: Int] = [:]
  var scratchOffsets: [Int] = []
  var constantOffsets: [Int: Int] = [:]
  var parameterIndices: [Int: Int] = [:]

  /// The plan for a batch size.
  /// - Parameter cache: where a batch's activations do not fit in it, and images do not depend on each other, steps
  ///   are computed for some images at a time.
  /// - Throws: `overflow` or `memory-limit`, at the layer with the largest buffer, where the memory needed
  ///   is more than a 64-bit process can address.
  package static func plan(
    _ graph: Graph, batch: Int, cache: CacheModel = CacheModel()
  ) throws(Diagnostics) -> ExecutionPlan {
    try planned(graph, batch: batch, cache: cache).plan
  }

  /// A planner that has done its work.
  static func planned(_ graph: Graph, batch: Int, cache: CacheModel) throws(Diagnostics) -> Planner {
    precondition(batch > 0, "a batch has images")
    graph.verify(after: "planning")
    var planner = Planner(graph, batch: batch, cache: cache)
    try planner.checkSizes()
    planner.listParameters()
    try planner.planConstants()
    try planner.planArena()
    planner.lowerSteps()
    planner.placePorts()
    return planner
  }

  /// How a network is compiled: what `optimize` makes of its graph, planned for the batch that somebody wants.
  /// - Parameters:
  ///   - graph: as the spec says it.
  ///   - optimize: the passes.
  /// - Throws: `invalid-value` for less than one image; as ``plan(_:batch:cache:)``.
  package static func plan(
    _ graph: Graph, batch: Int, optimizedBy optimize: (Graph) -> Graph
  ) throws(Diagnostics) -> ExecutionPlan {
    guard batch > 0 else {
      throw Diagnostics(Diagnostic(.invalidValue, "a batch has at least one image, not \(batch)", at: .none))
    }
    return try plan(optimize(graph), batch: batch)
  }

  init(_ graph: Graph, batch: Int, cache: CacheModel = CacheModel()) {
    self.graph = graph
    self.batch = batch
    self.cache = cache
    placement = MemoryPlacement(graph)
    plan = ExecutionPlan(name: graph.name, batch: batch)
    stepOfNode = Array(repeating: nil, count: graph.nodes.count)
    stepNodes = []
    for id in graph.nodeIDs {
      let node = graph[id]
      if placement.isConstant[node.output.index] || placement.isFree(node) { continue }
      stepOfNode[id.index] = stepNodes.count
      stepNodes.append(id)
    }
  }

  /// Bytes of a value for some images, those of the whole batch if nil, or nil where they overflow.
  func bytes(of type: TensorType, images: Int? = nil) -> Int? {
    let count = CheckedInteger.product(type.storedDimensions) * type.element.byteCount
    return (type.isBatched ? count * (images ?? batch) : count).value
  }

  /// Bytes of a value whose size has been checked.
  func checkedBytes(of type: TensorType, images: Int? = nil) -> Int {
    guard let bytes = bytes(of: type, images: images) else { preconditionFailure("sizes were checked") }
    return bytes
  }

  func checkSizes() throws(Diagnostics) {
    var total = CheckedInteger(0)
    for id in graph.valueIDs {
      guard let bytes = bytes(of: graph[id].type) else {
        throw tooLarge(id, .overflow, "more than 2^63 bytes")
      }
      total += CheckedInteger(bytes)
    }
    guard let total = total.value, total <= Self.largestBytes else {
      let largest = graph.valueIDs.max { checkedBytes(of: graph[$0].type) < checkedBytes(of: graph[$1].type) }
      guard let largest else { return }
      throw tooLarge(largest, .memoryLimit, "\(checkedBytes(of: graph[largest].type)) bytes")
    }
  }

  /// The finding that a value is beyond all memory, at the layer that computes it, or first reads it.
  private func tooLarge(_ id: ValueID, _ code: DiagnosticCode, _ size: String) -> Diagnostics {
    let images = batch == 1 ? "one image" : "a batch of \(batch)"
    let node =
      switch graph[id].definition {
      case .output(let node, _): graph[node]
      case .input, .parameter: graph.nodes.first { ($0.inputs + $0.parameters).contains(id) }
      }
    let place = node?.range.map(Diagnostic.Place.text) ?? .none
    return Diagnostics(
      Diagnostic(
        code, "\(graph[id].name) takes \(size) for \(images), more than any machine has", at: place,
        help: batch == 1 ? ["a smaller input or fewer filters"] : ["a smaller batch"]))
  }

  /// The finding that all of it together is too much, at the layer with the largest value or scratch memory.
  func tooMuch(scratch: [Int]) -> Diagnostics {
    let step = scratch.indices.max { scratch[$0] < scratch[$1] }
    let node = step.map { graph[stepNodes[$0]] }
    let name = node.map { graph[$0.output].name } ?? "the network"
    let place = node?.range.map(Diagnostic.Place.text) ?? .none
    return Diagnostics(
      Diagnostic(
        .memoryLimit,
        "\(name) takes more working memory for a batch of \(batch) than any machine has",
        at: place, help: ["a smaller batch"]))
  }

  private mutating func listParameters() {
    var isUsed = [Bool](repeating: false, count: graph.values.count)
    for node in graph.nodes {
      for operand in node.inputs + node.parameters { isUsed[operand.index] = true }
    }
    for output in graph.outputs { isUsed[output.value.index] = true }
    for assignment in graph.assignments { isUsed[assignment.parameter.index] = true }
    for id in graph.parameters where isUsed[id.index] {
      parameterIndices[id.index] = plan.parameters.count
      plan.parameters.append(.init(name: graph[id].name, dimensions: graph[id].type.dimensions))
      plan.parameterBytes += checkedBytes(of: graph[id].type)
    }
  }

  /// Where a value of some images lies, from image `image` of the batch on, once everything is placed.
  mutating func operand(_ id: ValueID, image: Int = 0) -> Operand {
    if let index = parameterIndices[(placement.target[id.index] ?? id).index] {
      return Operand(.parameter(index: index))
    }
    if let offset = constantOffsets[id.index] { return Operand(.constant(offset: offset)) }
    guard let place = placement.place(of: id), let base = rootOffsets[place.root] else {
      preconditionFailure("\(graph[id].name) has no place")
    }
    let root = placement.forest[place.root]
    let stride = root.isBatched ? root.count : 0
    let first = innerRoots.contains(place.root) ? 0 : image * stride
    let start = base + (first + place.offset) * graph[id].type.element.byteCount
    return Operand(.arena(offset: start), imageStride: stride)
  }

  /// The kernel calls of a node for some images of the batch.
  mutating func lower(_ node: Node, images: Range<Int>, scratch: Operand?) -> [KernelCall] {
    let inputs = node.inputs.map { operand($0, image: images.lowerBound) }
    let parameters = node.parameters.map { operand($0, image: images.lowerBound) }
    let outputs = node.outputs.map { operand($0, image: images.lowerBound) }
    return node.op.implementation.lower(
      CallSite(
        batch: images.count, inputTypes: node.inputs.map { graph[$0].type },
        parameterTypes: node.parameters.map { graph[$0].type },
        outputTypes: node.outputs.map { graph[$0].type }, inputs: inputs, parameters: parameters,
        outputs: outputs, scratch: scratch))
  }

  func scratchBytes(_ node: Node, batch: Int) -> Int {
    node.op.implementation.scratchBytes(
      inputs: node.inputs.map { graph[$0].type }, parameters: node.parameters.map { graph[$0].type },
      outputs: node.outputs.map { graph[$0].type }, batch: batch)
  }

  private mutating func lowerSteps() {
    for segment in plan.segments {
      for turn in 0..<segment.turns {
        let images = segment.images(turn: turn, batch: batch)
        for step in segment.steps { lower(step: step, images: images) }
      }
    }
    for (index, id) in stepNodes.enumerated() {
      plan.steps[index].outputs = graph[id].outputs.map { port($0, named: graph[$0].name) }
    }
  }

  private mutating func lower(step: Int, images: Range<Int>) {
    let scratch =
      plan.steps[step].scratchBytes > 0 ? Operand(.arena(offset: scratchOffsets[step])) : nil
    let calls = lower(graph[stepNodes[step]], images: images, scratch: scratch)
    plan.steps[step].turns.append(plan.turns.count)
    plan.turns.append(
      .init(step: step, images: images, calls: plan.calls.count..<(plan.calls.count + calls.count)))
    plan.calls += calls
  }

  private mutating func port(_ id: ValueID, named name: String) -> ExecutionPlan.Port {
    .init(name: name, type: graph[id].type, operand: operand(id))
  }

  private mutating func placePorts() {
    plan.inputs = graph.inputs.map { port($0, named: graph[$0].name) }
    plan.outputs = graph.outputs.map { port($0.value, named: $0.name) }
  }
}
