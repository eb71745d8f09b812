import CNNGraph
import CNNSpec
import Testing

@testable import CNNPlan

struct BatchDivisionTests {
  /// A cache so small that the activations of any test do not fit.
  static func cache(_ bytes: Int) -> CacheModel {
    var model = CacheModel()
    model.bytes = bytes
    model.turnBytes = 0
    return model
  }

  /// Steps of so many kilobytes of activations an image, and of parameters.
  private static func segments(
    _ steps: [(activations: Int, parameters: Int)], batch: Int, cache kilobytes: Int
  ) -> [[Int]] {
    let division = BatchDivision(batch: batch, steps: steps.count, cache: cache(kilobytes << 10))
    let list = steps.map { step in
      let bytes = step.activations << 10
      return BatchDivision.Step(
        moved: bytes, live: bytes, entering: bytes / 2,
        parameters: division.turns.map { Double($0 * step.parameters << 10) })
    }
    return division.segments(list).map { [$0.steps.lowerBound, $0.steps.upperBound, $0.turns] }
  }

  @Test func `turns are as few as let activations stay in the cache`() {
    let steps = Array(repeating: (activations: 100, parameters: 1), count: 3)
    #expect(Self.segments(steps, batch: 8, cache: 800) == [[0, 3, 1]])
    #expect(Self.segments(steps, batch: 8, cache: 790) == [[0, 3, 2]])
    #expect(Self.segments(steps, batch: 8, cache: 200) == [[0, 3, 4]])
    #expect(Self.segments(steps, batch: 8, cache: 100) == [[0, 3, 8]])
    #expect(Self.segments([], batch: 8, cache: 100).isEmpty)
  }

  @Test func `where weights are more than activations, the whole batch reads them once`() {
    #expect(Self.segments([(100, 500)], batch: 8, cache: 100) == [[0, 1, 1]])
    let steps = [(400, 1), (400, 1), (400, 1), (10, 1000), (10, 1000)]
    #expect(Self.segments(steps, batch: 8, cache: 400) == [[0, 3, 8], [3, 5, 1]])
  }

  @Test func `a change of turns has to pay for what it sends through memory`() {
    // Half of the second step's activations enter it: 8 * 200 kilobytes, written and read.
    #expect(Self.segments([(400, 1), (400, 300)], batch: 8, cache: 400) == [[0, 2, 8]])
    #expect(Self.segments([(400, 1), (40, 300)], batch: 8, cache: 400) == [[0, 1, 8], [1, 2, 1]])
  }

  @Test(arguments: [1, 2, 3, 7, 16, 100, 1000], [1, 2, 5, 16])
  func `parts of a batch follow each other and differ by an image at most`(batch: Int, turns: Int) {
    let segment = ExecutionPlan.Segment(steps: 0..<1, turns: min(batch, turns))
    let parts = (0..<segment.turns).map { segment.images(turn: $0, batch: batch) }
    #expect(parts.flatMap { Array($0) } == Array(0..<batch))
    #expect(parts[0].count - parts[parts.count - 1].count <= 1 && !parts.contains { $0.isEmpty })
    #expect(parts.map(\.count) == parts.map(\.count).sorted(by: >))
  }

  @Test(arguments: Networks.all.map(\.key))
  func `divided networks take less memory, and no bytes are used twice`(name: String) throws {
    let graph = try #require(Networks.all.first { $0.key == name }?.value())
    let whole = try Planner.plan(graph, batch: 9, cache: .unlimited)
    // Some megabytes are nothing beside what one image of a U-Net takes.
    let plan = try Planner.plan(graph, batch: 9, cache: Self.cache(name == "unet" ? 16 << 20 : 1 << 20))
    #expect(whole.segments.map(\.turns) == [1])
    #expect(plan.segments.contains { $0.turns > 1 })
    #expect(plan.segments.flatMap { Array($0.steps) } == Array(plan.steps.indices))
    PlannerTests.checkReport(plan)
    #expect(Double(plan.arenaBytes) <= 1.02 * Double(plan.lowerBoundBytes))
    // A U-Net's skip connections leave the most in the steps that are not divided.
    #expect(name == "unet" ? plan.arenaBytes <= whole.arenaBytes : plan.arenaBytes < whole.arenaBytes)
    #expect(plan.work == whole.work)
    Self.checkTurns(plan)
  }

  /// Every step computes each image once, a segment's steps together.
  private static func checkTurns(_ plan: ExecutionPlan) {
    for (index, step) in plan.steps.enumerated() {
      let turns = step.turns.map { plan.turns[$0] }
      #expect(turns.allSatisfy { $0.step == index })
      #expect(turns.flatMap { Array($0.images) } == Array(0..<plan.batch))
    }
    #expect(plan.turns.flatMap { Array($0.calls) } == Array(plan.calls.indices))
    for segment in plan.segments {
      let order = plan.turns.filter { segment.steps.contains($0.step) }.map(\.step)
      #expect(order == (0..<segment.turns).flatMap { _ in Array(segment.steps) })
    }
  }

  @Test func `a small batch, and one of training, is not divided`() throws {
    let plan = try Planner.plan(Networks.resnet(), batch: 2)
    #expect(plan.segments == [.init(steps: plan.steps.indices, turns: 1)])
    var net = GraphBuilder()
    _ = net.relu(net.input(Shape(1, 8, 8)))
    #expect(net.graph.computesImagesAlone)
    let part = net.graph.addParameter("part", .parameter([5]))
    _ = net.graph.addNode(
      .training(.accumulate(AccumulateGradient())), inputs: [], parameters: [part, part],
      outputNames: ["sum"], layers: ["a"])
    #expect(!net.graph.computesImagesAlone)
  }

  @Test func `turns of a huge batch are limited`() throws {
    var net = GraphBuilder()
    net.output(net.relu(net.relu(net.input(Shape(3, 224, 224)))))
    let plan = try Planner.plan(net.graph, batch: 100_000, cache: Self.cache(1))
    #expect(plan.turns.count <= 2 * BatchDivision.mostTurns)
    #expect(plan.arenaBytes >= plan.lowerBoundBytes)
  }

  @Test func `the bound of a divided plan is the plan's`() throws {
    var net = GraphBuilder()
    var x = net.input(Shape(3, 256, 256))
    for _ in 0..<3 { x = net.relu(net.conv(x, 32)) }
    net.output(net.conv(x, 1))
    let plan = try Planner.plan(net.graph, batch: 6)
    #expect(plan.segments.contains { $0.turns > 1 })
    #expect(ArenaBound(net.graph).bytes(batch: 6) == plan.lowerBoundBytes)
  }
}
