import CNNGraph
import CNNPlan
import CNNSpec
import Testing

struct ArenaBoundTests {
  @Test(arguments: [1, 2, 7, 64]) func `the bound is the plan's, whatever the batch`(batch: Int) throws {
    var net = GraphBuilder()
    let x = net.input(Shape(3, 8, 8))
    let y = net.relu(net.conv(x, 4))
    net.output(net.add(net.relu(y), y))
    let plan = try Planner.plan(net.graph, batch: batch)
    #expect(ArenaBound(net.graph).bytes(batch: batch) == plan.lowerBoundBytes)
  }

  @Test func `what no machine has is no bound`() {
    var net = GraphBuilder()
    net.output(net.relu(net.input(Shape(3, 8, 8))))
    #expect(ArenaBound(net.graph).bytes(batch: 1 << 40) == nil)
    #expect(ArenaBound(net.graph).bytes(batch: 1 << 62) == nil)
  }

  @Test func `a graph that assigns has no constants, and its targets are its parameters`() throws {
    var graph = Graph(name: "update")
    let (sum, part) = (
      graph.addParameter("sum", .parameter([5])), graph.addParameter("part", .parameter([5]))
    )
    let doubled = graph.addNode(
      .training(.accumulate(AccumulateGradient())), inputs: [], parameters: [part, part],
      outputNames: ["doubled"], layers: ["a"])[0]
    let twice = graph.addNode(
      .training(.accumulate(AccumulateGradient())), inputs: [], parameters: [doubled, part],
      outputNames: ["twice"], layers: ["a"])[0]
    graph.assignments = [Graph.Assignment(parameter: sum, value: twice)]
    let plan = try Planner.plan(graph, batch: 1)
    #expect(plan.prologue.isEmpty && plan.steps.map(\.name) == ["doubled", "twice"])
    #expect(plan.parameters.map(\.name) == ["sum", "part"])
  }
}
