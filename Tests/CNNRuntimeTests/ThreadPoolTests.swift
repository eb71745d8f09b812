import CNNGraph
import CNNPasses
import CNNPlan
import CNNSpec
import Testing

@testable import CNNRuntime

struct ThreadPoolTests {
  /// A training step of a network that is large enough for its calls to be divided.
  static func trainingStep() throws -> (plan: ExecutionPlan, tensors: [NamedTensor]) {
    var graph = Graph(name: "trained")
    func layer<Layer: LayerOperator>(_ name: String, _ layer: Layer, _ wrap: (Layer) -> Op, _ x: ValueID)
      -> ValueID
    {
      let parameters = layer.parameters(for: [graph[x].type.shape]).map {
        graph.addParameter("\(name).\($0.suffix)", .parameter($0.dimensions))
      }
      return graph.addNode(
        wrap(layer), inputs: [x], parameters: parameters, outputNames: [name], layers: [name])[0]
    }
    var x = graph.addInput("input", .activation(Shape(3, 20, 20)))
    let window = Window2D(kernel: Size2D(3), padding: Padding(1))
    let halving = Window2D(kernel: Size2D(2), stride: Size2D(2))
    x = layer("conv1", Conv2D(filters: 16, window: window), Op.conv2d, x)
    x = layer("bn1", BatchNorm(epsilon: 1e-5), Op.batchNorm, x)
    x = layer("relu1", Activation.relu, Op.activation, x)
    x = layer("pool1", Pool2D(mode: .max, window: halving), Op.pool2d, x)
    let corner = Padding(top: 1, bottom: 0, left: 1, right: 0)
    let strided = Window2D(kernel: Size2D(3), stride: Size2D(2), padding: corner)
    x = layer("conv2", Conv2D(filters: 24, window: strided, groups: 2), Op.conv2d, x)
    x = layer("tanh2", Activation.tanh, Op.activation, x)
    x = layer("dropout", Dropout(), Op.dropout, x)
    x = layer("scores", Dense(units: 10), Op.dense, x)
    graph.outputs = [.init(name: "scores", value: x)]
    let recipe = TrainingRecipe()
    let step = TrainingStep(graph, recipe: recipe) { !$0.contains("running") }
    let initial = try Weights(drawing: graph.initialTensors(), seed: 4)
    var tensors = graph.parameters.map { id in
      let type = graph[id].type
      return NamedTensor(graph[id].name, type.dimensions, initial.values(of: graph[id].name)!)
    }
    for (name, dimensions) in step.stateTensors + step.controls {
      let count = dimensions.reduce(1, *)
      tensors.append(NamedTensor(name, dimensions, [Float](repeating: 0.01, count: count)))
    }
    return (try Planner.plan(step.graph, batch: 16), tensors)
  }

  /// All bits that three steps leave.
  static func train(_ pool: ThreadPool?) throws -> [[UInt32]] {
    let (plan, tensors) = try trainingStep()
    let memory = try TrainingTensors(tensors)
    var session = try TrainingSession(plan, on: memory, pool: pool)
    for step in 0..<3 {
      session.copyInput(0, from: KernelChecker.numbers(UInt64(step), 16 * 3 * 20 * 20))
      session.copyInput(1, from: (0..<16).map { Float($0 % 10) })
      session.run()
    }
    return memory.names.map { memory[$0].values.map(\.bitPattern) } + [session.output(0).map(\.bitPattern)]
  }

  @Test func `a training step has the same bits for any number of threads`() throws {
    let expected = try Self.train(nil)
    #expect(expected.allSatisfy { $0.allSatisfy { Float(bitPattern: $0).isFinite } })
    for threads in [1, 2, 3, 5] {
      #expect(try Self.train(ThreadPool(threads: threads)) == expected, "\(threads) threads")
      #expect(
        try Self.train(ThreadPool(threads: threads, dividesAll: true)) == expected,
        "\(threads) threads that divide all")
    }
  }

  @Test func `many pools come and go, with and without runs`() throws {
    let (plan, weights) = try SessionTests.bound(batch: 2)
    let images = KernelChecker.numbers(3, 2 * 192)
    var expected: [Float]?
    for round in 0..<200 {
      let pool = try ThreadPool(threads: 1 + round % 7, dividesAll: true)
      if round % 3 == 0 { continue }
      var session = try Session(plan, weights: weights, pool: pool)
      for _ in 0..<round % 4 + 1 {
        session.copyInput(from: images.span)
        session.run()
      }
      if expected == nil { expected = session.output() }
      #expect(session.output() == expected)
    }
  }

  @Test func `several sessions run at once, on one pool and on their own`() async throws {
    let (plan, weights) = try SessionTests.bound(batch: 1)
    let shared = try ThreadPool(threads: 3, dividesAll: true)
    let results = try await withThrowingTaskGroup(of: [[Float]].self) { group in
      for task in 0..<4 {
        group.addTask {
          let pool = task < 2 ? shared : try ThreadPool(threads: 2, dividesAll: true)
          var session = try Session(plan, weights: weights, pool: pool)
          return (0..<50).map { image in
            session.copyInput(from: KernelChecker.numbers(UInt64(image), 192).span)
            session.run()
            return session.output()
          }
        }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(results.count == 4 && Set(results[0]).count == 50)
    #expect(results.allSatisfy { $0 == results[0] })
  }

  @Test func `denormal numbers are zero in a run on all threads, and nowhere else`() throws {
    var graph = Graph(name: "double")
    let input = graph.addInput("input", .activation(Shape(64, 64, 64)))
    let sum = graph.addNode(.add(Add()), inputs: [input, input], outputNames: ["sum"], layers: ["sum"])
    graph.outputs = [.init(name: "sum", value: sum[0])]
    let plan = try Planner.plan(graph, batch: 1)
    let weights = try BoundWeights(Weights([]), for: plan)
    let small = Float.leastNormalMagnitude / 8
    for threads in [1, 3] {
      var session = try Session(plan, weights: weights, pool: ThreadPool(threads: threads))
      session.copyInput(from: [Float](repeating: small, count: 1 << 18).span)
      session.run()
      #expect(session.output().allSatisfy { $0 == 0 })
      #expect(small + session.output()[0] == small, "the caller's own arithmetic is as before")
    }
  }

  @Test(arguments: [0, -1, Int.max, 1 << 40]) func `impossible numbers of threads are findings`(threads: Int)
  {
    do throws(Diagnostics) {
      _ = try ThreadPool(threads: threads)
      Issue.record("\(threads) threads were had")
    } catch {
      #expect(error.all.map(\.code) == [.invalidValue])
    }
  }

  @Test func `the machine has an instruction set`() throws {
    #expect(Machine.isas.contains(try Machine.isa))
    #expect(Machine.availableCores >= 1)
  }
}
