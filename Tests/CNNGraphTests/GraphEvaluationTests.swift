import CNNGraph
import Testing

struct GraphEvaluationTests {
  @Test func `every value of a small graph, constants too`() throws {
    var graph = Graph(name: "small")
    let shape = Shape(2, 1, 2)
    let x = graph.addInput("x", .activation(shape))
    let statistics = ["weight", "bias", "running_mean", "running_var"].map {
      graph.addParameter("bn.\($0)", .parameter([2]))
    }
    let scale = graph.addNode(
      .foldBatchNorm(FoldBatchNorm(.scale, epsilon: 0)), inputs: [], parameters: statistics,
      outputNames: ["bn.scale"], layers: ["bn"])[0]
    let shift = graph.addNode(
      .foldBatchNorm(FoldBatchNorm(.shift, epsilon: 0)), inputs: [], parameters: statistics,
      outputNames: ["bn.shift"], layers: ["bn"])[0]
    let bn = graph.addNode(
      .channelAffine(ChannelAffine()), inputs: [x], parameters: [scale, shift], outputNames: ["bn"],
      layers: ["bn"])[0]
    let sum = graph.addNode(
      .add(Add(epilogue: Epilogue(activation: .relu))), inputs: [bn, x], outputNames: ["sum"], layers: ["sum"]
    )[0]
    let both = graph.addNode(
      .concat(Concat()), inputs: [sum, x], outputNames: ["both"], layers: ["both"])[0]
    graph.outputs = [Graph.Output(name: "both", value: both)]
    graph.verify(after: "the test")
    #expect(graph.isConstant(scale) && !graph.isConstant(bn))

    let weights: [String: [Double]] = [
      "bn.weight": [2, 3], "bn.bias": [0, 1], "bn.running_mean": [1, 0], "bn.running_var": [1, 9],
    ]
    let input = Tensor<Double>([2, 2, 1, 2], [1, 2, 3, 4, -1, -2, -3, -4])
    let values = graph.evaluate(inputs: [x: input]) { Tensor([2], weights[$0] ?? []) }

    #expect(values.count == graph.values.count)
    #expect(values[x] == input)
    #expect(values[statistics[1]]?.elements == [0, 1])
    #expect(values[scale]?.elements == [2, 1])
    #expect(values[shift]?.elements == [-2, 1])
    #expect(values[bn]?.elements == [0, 2, 4, 5, -4, -6, -2, -3])
    #expect(values[sum]?.elements == [1, 4, 7, 9, 0, 0, 0, 0])
    #expect(values[both]?.dimensions == [2, 4, 1, 2])
    #expect(values[both]?.elements == [1, 4, 7, 9, 1, 2, 3, 4, 0, 0, 0, 0, -1, -2, -3, -4])
  }
}
