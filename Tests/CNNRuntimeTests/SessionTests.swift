import CAllocationCounter
import CNNGraph
import CNNPlan
import CNNSpec
import Testing

@testable import CNNRuntime

struct SessionTests {
  /// Two convolutions joined, with a batch norm folded into one, and a classifier: constants, slices, scratch.
  static func network() -> Graph {
    var graph = Graph(name: "small")
    func layer<Layer: LayerOperator>(
      _ name: String, _ layer: Layer, _ wrap: (Layer) -> Op, _ inputs: [ValueID], constants: [ValueID] = []
    ) -> ValueID {
      let specs = layer.parameters(for: inputs.map { graph[$0].type.shape }).dropLast(constants.count)
      let parameters = specs.map { graph.addParameter("\(name).\($0.suffix)", .parameter($0.dimensions)) }
      return graph.addNode(
        wrap(layer), inputs: inputs, parameters: parameters + constants, outputNames: [name], layers: [name])[
          0]
    }
    let input = graph.addInput("input", .activation(Shape(3, 8, 8)))
    let window = Window2D(kernel: Size2D(3), padding: Padding(1))
    let statistics = ["weight", "bias", "running_mean", "running_var"].map {
      graph.addParameter("bn.\($0)", .parameter([6]))
    }
    let shift = graph.addNode(
      .foldBatchNorm(FoldBatchNorm(.shift, epsilon: 1e-5)), inputs: [], parameters: statistics,
      outputNames: ["bn.shift"], layers: ["bn"])
    let a = layer("a", Conv2D(filters: 6, window: window), Op.conv2d, [input], constants: shift)
    let b = layer("b", Conv2D(filters: 4, window: window), Op.conv2d, [input])
    let join = layer("join", Concat(), Op.concat, [layer("relu", Activation.relu, Op.activation, [a]), b])
    let scores = layer("scores", Dense(units: 10), Op.dense, [join])
    graph.outputs = [.init(name: "scores", value: scores), .init(name: "b", value: b)]
    return graph
  }

  static func bound(batch: Int) throws -> (plan: ExecutionPlan, weights: BoundWeights) {
    let graph = network()
    let plan = try Planner.plan(graph, batch: batch)
    let weights = try Weights(drawing: graph.initialTensors(), seed: 1)
    return (plan, try BoundWeights(weights, for: plan))
  }

  @Test func `outputs are packed densely, slices too`() throws {
    let (plan, weights) = try Self.bound(batch: 2)
    #expect(plan.outputs[1].operand.imageStride == 640)
    var session = try Session(plan, weights: weights)
    let images = KernelChecker.numbers(3, 2 * 192)
    session.fillInput { span in
      for index in span.indices { span[index] = images[index] }
    }
    session.run()
    let both = session.output(1)
    #expect(both.count == 2 * 256 && session.output().count == 20)
    session.readOutput(1, image: 1) { span in
      #expect(span.count == 256)
      for index in span.indices { #expect(span[index] == both[256 + index]) }
    }
    // The second image alone gives the same numbers.
    let one = try Self.bound(batch: 1)
    #expect(one.weights.fits(plan) && weights.fits(one.plan), "one graph's plans share weights")
    var single = try Session(one.plan, weights: weights)
    var scores = [Float](repeating: 0, count: 10)
    var target = scores.mutableSpan
    single.run(Array(images[192...]).span, into: &target)
    #expect(scores == Array(session.output()[10...]))
  }

  @Test func `turns one by one give what a run gives`() throws {
    let (plan, weights) = try Self.bound(batch: 1)
    var session = try Session(plan, weights: weights)
    let image = KernelChecker.numbers(3, 192)
    session.copyInput(from: image.span)
    session.run()
    let expected = session.output()
    session.copyInput(from: image.span)
    for turn in plan.turns.indices { session.run(turn: turn) }
    #expect(session.output() == expected)
  }

  @Test func `a run allocates nothing`() throws {
    let (plan, weights) = try Self.bound(batch: 4)
    let images = KernelChecker.numbers(3, 4 * 192)
    var scores = [Float](repeating: 0, count: 40)
    var counts: [Int64] = [0, 0, 0]
    var target = scores.mutableSpan
    // The second session counts: when a process first meets a generic type, Swift's own runtime makes a
    // record of it.
    for _ in 0..<2 {
      var session = try Session(plan, weights: weights)
      for round in counts.indices {
        let before = cnn_allocation_count()
        session.run(images.span, into: &target)
        session.fillInput { span in span[0] = 1 }
        _ = session.readOutput(image: 3) { $0[0] }
        counts[round] = cnn_allocation_count() - before
      }
    }
    #if os(Linux)
      let before = cnn_allocation_count()
      let array = [Float](repeating: 0, count: 100 + counts.count)
      #expect(cnn_allocation_count() > before, "the counter counts (\(array.count))")
    #endif
    #expect(counts == [0, 0, 0])
    #expect(scores.contains { $0 != 0 })
  }

  @Test func `threads share weights`() async throws {
    let (plan, weights) = try Self.bound(batch: 1)
    let results = try await withThrowingTaskGroup(of: [[Float]].self) { group in
      for _ in 0..<2 {
        group.addTask {
          var session = try Session(plan, weights: weights)
          return (0..<50).map { image in
            session.copyInput(from: KernelChecker.numbers(UInt64(image), 192).span)
            session.run()
            return session.output()
          }
        }
      }
      var results: [[[Float]]] = []
      for try await result in group { results.append(result) }
      return results
    }
    #expect(results[0] == results[1])
    #expect(Set(results[0]).count == 50)
  }

  @Test func `an arena beyond the machine is a finding`() throws {
    var graph = Graph(name: "wide")
    let input = graph.addInput("input", .activation(Shape(1024, 1024, 1)))
    graph.outputs = [.init(name: "input", value: input)]
    let plan = try Planner.plan(graph, batch: 1 << 24)
    let weights = try BoundWeights(Weights([]), for: plan)
    do throws(Diagnostics) {
      _ = try Session(plan, weights: weights)
      Issue.record("64 TiB were had")
    } catch {
      #expect(error.all.map(\.code) == [.memoryLimit])
    }
  }
}
