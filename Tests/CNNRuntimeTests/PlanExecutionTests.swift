import CNNGraph
import CNNPasses
import CNNPlan
import Testing

@testable import CNNRuntime

struct PlanExecutionTests {
  /// Runs a graph's plan twice, the second time over the first one's leavings, and compares all outputs
  /// with the naive reference, and bit for bit with those of several threads.
  static func check(
    _ graph: Graph, batch: Int, cache: CacheModel = CacheModel(), tolerance: Double = 1e-5, _ comment: Comment
  ) throws {
    let tensors = graph.parameters.enumerated().map { index, id in
      let type = graph[id].type
      return NamedTensor(
        graph[id].name, type.dimensions, KernelChecker.numbers(UInt64(index + 50), type.count))
    }
    let plan = try Planner.plan(graph, batch: batch, cache: cache)
    checkBuffers(plan, comment)
    let weights = try BoundWeights(Weights(tensors), for: plan)
    var session = try Session(plan, weights: weights)
    let byName = Dictionary(uniqueKeysWithValues: tensors.map { ($0.name, $0) })
    for round in 0..<2 {
      var inputs: [ValueID: Tensor<Double>] = [:]
      for (index, id) in graph.inputs.enumerated() {
        let shape = graph[id].type.shape
        let elements = KernelChecker.numbers(UInt64(10 * round + index), batch * shape.count)
        inputs[id] = Tensor([batch, shape.channels, shape.height, shape.width], elements.map(Double.init))
        session.copyInput(index, from: elements.span)
      }
      session.run()
      let expected = graph.evaluate(inputs: inputs) { name in
        Tensor(byName[name]!.dimensions, byName[name]!.values.map(Double.init))
      }
      for (index, output) in graph.outputs.enumerated() {
        let reference = try #require(expected[output.value]).elements
        let scale = max(1e-30, reference.map(abs).max() ?? 0)
        let worst = zip(session.output(index), reference).map { abs(Double($0) - $1) / scale }.max() ?? 0
        #expect(worst <= tolerance, comment)
      }
      let bits = graph.outputs.indices.map { session.output($0).map(\.bitPattern) }
      let elements = graph.inputs.map { inputs[$0]!.elements.map(Float.init) }
      for pool in KernelChecker.pools {
        let divided = try Self.outputs(plan, weights, elements, pool)
        #expect(divided == bits, "\(pool.threads) threads, \(comment)")
      }
    }
  }

  /// The bits of all outputs, computed by the threads of a pool.
  private static func outputs(
    _ plan: ExecutionPlan, _ weights: BoundWeights, _ inputs: [[Float]], _ pool: ThreadPool
  ) throws -> [[UInt32]] {
    var session = try Session(plan, weights: weights, pool: pool)
    for (index, elements) in inputs.enumerated() { session.copyInput(index, from: elements.span) }
    session.run()
    return plan.outputs.indices.map { session.output($0).map(\.bitPattern) }
  }

  static func checkBuffers(_ plan: ExecutionPlan, _ comment: Comment) {
    for (i, a) in plan.buffers.enumerated() {
      #expect(a.offset >= 0 && a.offset + a.bytes <= plan.arenaBytes, comment)
      for b in plan.buffers[..<i] where a.firstStep <= b.lastStep && b.firstStep <= a.lastStep {
        #expect(a.offset + a.bytes <= b.offset || b.offset + b.bytes <= a.offset, comment)
      }
    }
  }

  @Test(arguments: 1...3)
  func `random graphs compute what their references say`(batch: Int) throws {
    for seed in 0..<150 {
      let graph = RandomGraph(seed: seed + 1000 * batch, nodes: 4 + seed % 30).graph
      try Self.check(graph, batch: batch, "seed \(seed), batch \(batch)\n\(graph)")
    }
  }

  /// In channel blocks wherever there are kernels for them.
  @Test(arguments: [false, true])
  func `random graphs compute the same in channel blocks`(prefersWinograd: Bool) throws {
    var costs = ConvolutionCosts()
    costs.planarRate = 1e-6
    costs.winogradRate = prefersWinograd ? 1e6 : 1e-3
    for seed in 0..<150 {
      let batch = 1 + seed % 3
      let graph = RandomGraph(seed: seed + 1000, nodes: 4 + seed % 30).graph
      let blocks = Pass.chooseLayouts(batch: batch, costs: costs)(graph)
      try Self.check(
        blocks, batch: batch, tolerance: prefersWinograd ? 5e-5 : 1e-5,
        "seed \(seed), batch \(batch)\n\(blocks)")
    }
  }

  /// A cache for some floats.
  static func cache(floats: Int) -> CacheModel {
    var cache = CacheModel()
    cache.bytes = 4 * floats
    cache.turnBytes = 0
    return cache
  }

  @Test(arguments: [5, 20, 80])
  func `random graphs compute the same for some images at a time`(floats: Int) throws {
    var divided = 0
    for seed in 0..<100 {
      let batch = 2 + seed % 5
      let graph = RandomGraph(seed: seed + 3000, nodes: 4 + seed % 30).graph
      let blocks = seed % 2 == 0 ? graph : Pass.chooseLayouts(batch: batch)(graph)
      let cache = Self.cache(floats: floats)
      try Self.check(blocks, batch: batch, cache: cache, "seed \(seed), batch \(batch)\n\(blocks)")
      let plan = try Planner.plan(blocks, batch: batch, cache: cache)
      divided += plan.segments.contains { $0.turns > 1 } ? 1 : 0
      try Self.checkBits(of: plan, and: Planner.plan(blocks, batch: batch, cache: .unlimited), "seed \(seed)")
    }
    #expect(divided > 20)
  }

  /// Two plans of one graph compute the same bits.
  private static func checkBits(of plan: ExecutionPlan, and other: ExecutionPlan, _ comment: Comment) throws {
    let tensors = plan.parameters.enumerated().map { index, parameter in
      NamedTensor(
        parameter.name, parameter.dimensions,
        KernelChecker.numbers(UInt64(index), parameter.dimensions.reduce(1, *)))
    }
    let weights = try BoundWeights(Weights(tensors), for: plan)
    #expect(weights.fits(other), comment)
    let inputs = plan.inputs.enumerated().map { index, port in
      KernelChecker.numbers(UInt64(index + 20), plan.batch * port.type.count)
    }
    let bits = try KernelChecker.pools.map { try outputs(plan, weights, inputs, $0) }
    let others = try KernelChecker.pools.map { try outputs(other, weights, inputs, $0) }
    #expect(bits == others, comment)
  }

  @Test func `every buffer is needed: a value's bytes are not touched by others while it lives`() throws {
    // Each step in turn writes only into buffers that its plan says it writes.
    for seed in 0..<30 {
      let graph = RandomGraph(seed: seed + 7000, nodes: 20).graph
      let plan = try Planner.plan(graph, batch: 2)
      for (index, step) in plan.steps.enumerated() {
        let live = plan.buffers.filter { $0.firstStep <= index && index <= $0.lastStep }
        for name in step.writes + step.reads
        where graph.values.contains(where: { $0.name == name && $0.definition != .parameter }) {
          #expect(live.contains { $0.values.contains(name) }, "\(name) at \(index) of\n\(graph)")
        }
      }
    }
  }
}
