import CNNGraph
import CNNSpec
import Testing

@testable import CNNPasses

/// What is done to a training step's graph before it is planned.
struct TrainingStepPassTests {
  /// conv - bn - relu - dropout - conv, and its step of plain SGD.
  private func step(isFirst: Bool? = nil) -> TrainingStep {
    var net = PassGraph()
    let x = net.input(Shape(2, 3, 3))
    net.output(net.conv(net.dropout(net.relu(net.bn(net.conv(x, 4)))), 2, kernel: 3))
    var recipe = TrainingRecipe()
    recipe.optimizer = .sgd(learningRate: 0.1, momentum: 0, nesterov: false, weightDecay: 0)
    let isTrained: (String) -> Bool = { !$0.contains("running") }
    guard let isFirst else { return TrainingStep(net.graph, recipe: recipe, isTrained: isTrained) }
    return .part(of: net.graph, recipe: recipe, images: 8, isFirst: isFirst, isTrained: isTrained)
  }

  private func position(_ name: String, in graph: Graph) throws -> Int {
    try #require(
      graph.nodes.firstIndex { $0.outputs.contains { graph[$0].name == name } }, "\(name)\n\(graph)")
  }

  @Test func `an update comes right behind its gradient and the last reader of what it changes`() throws {
    let step = step()
    let graph = Pass.updateEarly(step.graph)
    // The second convolution's weights are read for its input's gradient; nothing reads its bias.
    let (weight, bias) = (
      try position("new.conv2.weight", in: graph), try position("new.conv2.bias", in: graph)
    )
    let gradient = try position("d.conv2.bias", in: graph)
    #expect(bias == gradient + 1)
    let readers = graph.nodes.indices.filter { index in
      graph.nodes[index].parameters.contains { graph[$0].name == "conv2.weight" }
    }
    let before = try position("d.bn1", in: graph)
    #expect(readers.last == weight && weight < before)
    #expect(graph.nodes.count == step.graph.nodes.count)
    #expect(
      Set(graph.nodes.map { graph[$0.output].name })
        == Set(step.graph.nodes.map { step.graph[$0.output].name }))
    #expect(graph.assignments.count == step.graph.assignments.count)
  }

  @Test func `what is cheap is computed from what is kept anyway, before its first reader`() throws {
    let step = step()
    let candidates = Recomputation.candidates(of: step.graph, forwardCount: step.forwardCount)
    let names = candidates.map { $0.recomputed.map { step.graph[$0].name } }
    // Relu's result is read by its own gradient, dropout's by the convolution's.
    #expect(Set(names) == [["relu1", "bn1"], ["dropout1"]])
    for candidate in candidates { #expect(candidate.savedBytes == 4 * 9 * 4) }

    let graph = step.graph.recomputing(Set(candidates.flatMap(\.recomputed)), behind: step.forwardCount)
    let again = graph.nodes.filter { graph[$0.output].name.hasSuffix(".again") }.map { graph[$0.output].name }
    #expect(again == ["bn1.again", "relu1.again", "dropout1.again"])
    // The backward half reads the copies alone, and the forward half none of them.
    for (index, node) in graph.nodes.enumerated() {
      let operands = node.inputs.map { graph[$0].name }
      if index < step.forwardCount {
        #expect(!operands.contains { $0.hasSuffix(".again") })
      } else {
        #expect(Set(operands).isDisjoint(with: ["bn1", "relu1", "dropout1"]), "\(operands)")
      }
    }
    #expect(graph.outputs.map(\.name) == step.graph.outputs.map(\.name))
    #expect(step.graph.recomputing([], behind: step.forwardCount).nodes == step.graph.nodes)
  }

  @Test func `the first part writes the sums that others add to, and the update reads them`() throws {
    let names = ["conv1.weight", "conv1.bias", "bn1.weight", "bn1.bias", "conv2.weight", "conv2.bias"]
    for isFirst in [true, false] {
      let step = step(isFirst: isFirst)
      #expect(Set(step.accumulators.map(\.name)) == Set(names.map { "gradient.\($0)" }))
      #expect(step.stateTensors.isEmpty)
      let sums = step.graph.nodes.filter { $0.op.name == "accumulate_gradient" }
      #expect(sums.count == (isFirst ? 0 : names.count))
      let assigned = step.graph.assignments.map { step.graph[$0.parameter].name }
      #expect(Set(assigned) == Set(step.accumulators.map(\.name) + ["bn1.running_mean", "bn1.running_var"]))
    }
  }

  /// LeNet-5's layers, small.
  /// - Parameter readsRelu: whether another pool reads the first one's input.
  private func lenet(readsRelu: Bool = false) -> PassGraph {
    func halve(_ net: inout PassGraph, _ x: ValueID) -> ValueID {
      net.node(
        Pool2D(mode: .max, window: Window2D(kernel: Size2D(2), stride: Size2D(2))), Op.pool2d, [x], "pool")
    }
    var net = PassGraph()
    let relu = net.relu(net.conv(net.input(Shape(1, 10, 10)), 3, kernel: 3, pad: 1))
    var x = halve(&net, relu)
    if readsRelu { x = net.add(x, halve(&net, relu)) }
    x = halve(&net, net.conv(x, 4, kernel: 2))
    net.output(net.fc(x, 5))
    return net
  }

  private func step(of net: PassGraph) -> TrainingStep {
    TrainingStep(net.graph, recipe: TrainingRecipe()) { _ in true }
  }

  @Test func `small convolutions keep their maxima only, unless something else reads more`() throws {
    let fused = step(of: lenet()).graph
    #expect(
      fused.nodes.prefix(3).map(\.op.name) == ["conv_pool2d_training", "conv_pool2d_training", "dense"])
    #expect(fused.nodes[0].layers == ["conv1", "relu1", "pool1"])
    #expect(!fused.nodes.contains { $0.op.name == "pool2d_gradient" })
    // The first convolution's input has no gradient.
    #expect(fused.nodes.count { $0.op.name == "conv_pool2d_input_gradient" } == 1)
    #expect(fused.nodes.count { $0.op.name == "conv_pool2d_weight_gradient" } == 2)
    let apart = step(of: lenet(readsRelu: true)).graph
    #expect(apart.nodes.count { $0.op.name == "conv_pool2d_training" } == 1)
    #expect(apart.nodes.prefix(2).map(\.op.name) == ["conv2d", "pool2d"])
  }

  @Test func `the gradients are those of the layers one by one`() throws {
    let net = lenet()
    var apart = net.graph
    let trained = net.graph.parameters
    let seed = apart.addInput("seed", net.graph[net.graph.outputs[0].value].type)
    let unfused = apart.differentiated(
      withRespectTo: trained, from: net.graph.outputs[0].value, gradient: seed)
    var forward = TrainingForward(net.graph)
    forward.build { _ in true }
    var together = forward.graph
    let other = together.addInput("seed", together[forward.scores].type)
    let fused = together.differentiated(
      withRespectTo: together.parameters, from: forward.scores, gradient: other)
    func gradients(_ graph: DifferentiatedGraph) -> [String: Tensor<Double>] {
      var result = graph.graph
      result.outputs = graph.gradients.map { .init(name: result[$0.key].name, value: $0.value) }
      return result.outputs()
    }
    let (expected, found) = (gradients(unfused), gradients(fused))
    #expect(found.keys == expected.keys && found.count == 6)
    for (name, tensor) in expected {
      let largest = tensor.elements.map(abs).max() ?? 0
      let worst = zip(tensor.elements, found[name]!.elements).map { abs($0 - $1) }.max() ?? .infinity
      #expect(worst <= 1e-12 * largest && largest > 0, "\(name)")
    }
  }
}
