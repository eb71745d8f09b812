import CNNGraph
import CNNPasses
import CNNSpec
import Testing

/// A training step in one graph: layers, a loss, the backward half, updates.
struct DifferentiateTests {
  private static let shape = Shape(3, 2, 2)
  private static let trained = ["slope", "factor", "summand", "weight", "bias"]

  /// A network of branches, batch norm and dropout; returns the loss and the logits' gradient behind it.
  private func addNetwork(to graph: inout Graph) -> (logits: ValueID, loss: ValueID, gradient: ValueID) {
    let channels = TensorType.parameter([3])
    func add(_ op: Op, _ inputs: [ValueID], _ parameters: [ValueID] = [], _ names: [String]) -> [ValueID] {
      graph.addNode(op, inputs: inputs, parameters: parameters, outputNames: names, layers: [names[0]])
    }
    let x = graph.addInput("x", .activation(Self.shape))
    let targets = graph.addInput("targets", .activation(Shape(1, 4, 2)))
    let p = Self.trained.map { graph.addParameter($0, channels) }
    let random = graph.addParameter("random", .parameter(RandomState.dimensions))
    let bent = add(.prelu(PReLU()), [x], [p[0]], ["bent"])[0]
    let scaled = add(.channelAffine(ChannelAffine()), [bent], [p[1], p[2]], ["scaled"])[0]
    let product = add(.multiply(Multiply()), [scaled, bent], [], ["product"])[0]
    let sum = add(.add(Add()), [product, bent], [], ["sum"])[0]
    let norm = add(
      .training(.batchNorm(BatchNormTraining())), [sum], [p[3], p[4]],
      ["norm", "mean", "deviation", "variance"])
    let dropped = add(
      .training(.dropout(DropoutTraining(rate: 0.3, stream: 0))), [norm[0]], [random], ["dropped"])[0]
    let larger = add(
      .upsample2d(Upsample2D(factor: Size2D(height: 2, width: 1), mode: .bilinear)), [dropped], [], ["larger"]
    )[0]
    let logits = add(.concat(Concat()), [larger, larger], [], ["logits"])[0]
    let loss = add(
      .training(.crossEntropy(CrossEntropyLoss(labelSmoothing: 0.1))), [logits, targets], [],
      ["loss", "d.logits"])
    return (logits, loss[0], loss[1])
  }

  private func numbers(_ dimensions: [Int], _ stream: Int) -> Tensor<Double> {
    let elements = (0..<dimensions.reduce(1, *)).map { index in
      Double((index * 37 + stream * 101 + index * index * 11) % 200) / 100 - 0.995
    }
    return Tensor(dimensions, elements)
  }

  @Test func `parameters' gradients are finite differences, and following them lowers the loss`() throws {
    var graph = Graph(name: "step")
    let (logits, loss, gradient) = addNetwork(to: &graph)
    let names = Self.trained
    let parameters = graph.parameters.filter { names.contains(graph[$0].name) }
    let step = graph.differentiated(withRespectTo: parameters, from: logits, gradient: gradient)
    #expect(step.gradients.count == names.count)

    let batch = 4
    let classes = (0..<batch * 8).map { Double($0 * 5 % 6) }
    let inputs = [
      graph.inputs[0]: numbers([batch, 3, 2, 2], 1), graph.inputs[1]: Tensor([batch, 1, 4, 2], classes),
    ]
    var values = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, numbers([3], $0 + 2)) })
    values["random"] = Tensor([12], RandomState(seed: 3, step: 8).elements.map(Double.init))
    func results(_ values: [String: Tensor<Double>]) -> [ValueID: Tensor<Double>] {
      step.graph.evaluate(inputs: inputs) { values[$0] ?? Tensor(zeros: [0]) }
    }
    func mean(_ values: [String: Tensor<Double>]) -> Double {
      (results(values)[loss]?.elements.reduce(0, +) ?? .nan) / Double(batch)
    }

    let start = mean(values)
    let h = 1e-5
    for parameter in parameters {
      let name = graph[parameter].name
      let found = try #require(step.gradients[parameter].flatMap { results(values)[$0] })
      for index in 0..<3 {
        var (up, down) = (values, values)
        up[name]?.elements[index] += h
        down[name]?.elements[index] -= h
        let expected = (mean(up) - mean(down)) / (2 * h)
        #expect(abs(found.elements[index] - expected) < 1e-7, "\(name) at \(index)")
      }
    }

    for _ in 0..<20 {
      let now = results(values)
      for parameter in parameters {
        guard let value = now[parameter], let change = step.gradients[parameter].flatMap({ now[$0] }) else {
          continue
        }
        values[graph[parameter].name] =
          SGDUpdate().evaluateAll(
            [], parameters: [value, change, Tensor([1], [0.05])])[0]
      }
    }
    #expect(mean(values) < start - 0.01)
  }

  @Test func `what reaches no parameter gets no gradient`() {
    var graph = Graph(name: "step")
    let (logits, _, gradient) = addNetwork(to: &graph)
    let bias = graph.parameters.filter { graph[$0].name == "bias" }
    let step = graph.differentiated(withRespectTo: bias, from: logits, gradient: gradient)
    #expect(step.gradients.count == 1)
    let added = step.graph.nodes.dropFirst(graph.nodes.count).map { $0.op.name }
    #expect(
      added == [
        "channel_slice", "channel_slice", "add", "upsample2d_gradient", "dropout_training",
        "batch_norm_gradient",
      ])
  }
}
