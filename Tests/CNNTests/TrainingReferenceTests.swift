import CNNGraph
import CNNPasses
import CNNPlan
import CNNRuntime
import CNNSpec
import Foundation
import Testing

@testable import CNN

/// Ten steps of a small network with five optimizers, with and without batch norm, as PyTorch took them in
/// float64.
struct TrainingReferenceTests {
  struct Reference: Decodable {
    struct Run: Decodable, Sendable, CustomTestStringConvertible {
      var hasBatchNorm: Bool
      var optimizer: String
      var losses: [Double]
      var firstGradients: [String: [Double]]
      var logits: [[Double]]

      enum CodingKeys: String, CodingKey {
        case hasBatchNorm = "batch_norm"
        case optimizer, losses
        case firstGradients = "first_gradients_first_16"
        case logits = "eval_logits_after"
      }

      var testDescription: String { optimizer + (hasBatchNorm ? ", batch norm" : "") }
    }

    var runs: [Run]

    static let all: [Run] = {
      let data =
        FileManager.default.contents(atPath: "\(Fixtures.root)/Tests/Fixtures/training/runs.json") ?? Data()
      return (try? JSONDecoder().decode(Reference.self, from: data).runs) ?? []
    }()
  }

  static func model(hasBatchNorm: Bool, optimizer: String) throws -> Model {
    let settings = [
      "sgd": "{sgd: {learning_rate: 0.05}}",
      "momentum": "{sgd: {learning_rate: 0.05, momentum: 0.9, weight_decay: 5e-4}}",
      "nesterov": "{sgd: {learning_rate: 0.05, momentum: 0.9, weight_decay: 5e-4, nesterov: yes}}",
      "adam": "{adam: {learning_rate: 0.01}}",
      "adamw": "{adamw: {learning_rate: 0.01, weight_decay: 0.01}}",
    ]
    let start = hasBatchNorm ? "conv(8, 3x3, pad=1, bias=no) - bn" : "conv(8, 3x3, pad=1)"
    return try Model(
      text: """
        input: 3x16x16
        rounding: floor
        network: \(start) - relu - maxpool(2) - conv(12, 3x3, stride=2, pad=1) - tanh - avgpool(2) - fc(10)
        train: {optimizer: \(try #require(settings[optimizer]))}
        """)
  }

  /// Our names in the order of PyTorch's, whose numbers count all layers.
  static func pairs(_ run: Reference.Run, _ model: Model) -> [(ours: String, theirs: String)] {
    let ours = model.tensors.map(\.name).filter { !$0.contains("running") }
    let theirs = run.firstGradients.keys.sorted { a, b in
      let (x, y) = (a.split(separator: "."), b.split(separator: "."))
      return (x[0], y[1]) < (y[0], x[1])
    }
    return Array(zip(ours, theirs))
  }

  @Test(arguments: Reference.all) func `ten steps`(run: Reference.Run) throws {
    let model = try Self.model(hasBatchNorm: run.hasBatchNorm, optimizer: run.optimizer)
    let recipe = model.network.spec.training
    let weights = try Formula.weights(model.network)
    let buffers = Set(model.tensors.map(\.name).filter { $0.contains("running") })
    let step = TrainingStep(GraphBuilder.build(model.network), recipe: recipe) { !buffers.contains($0) }
    let plan = try Planner.plan(step.graph, batch: 8)

    var tensors = model.tensors.map { NamedTensor($0.name, $0.dimensions, weights.values(of: $0.name)!) }
    for (name, dimensions) in step.stateTensors + step.controls {
      let count = dimensions.reduce(1, *)
      tensors.append(NamedTensor(name, dimensions, [Float](repeating: 0, count: count)))
    }
    let memory = try TrainingTensors(tensors)
    var session = try TrainingSession(plan, on: memory)
    let images = Formula.input(count: 8 * 3 * 16 * 16)
    for number in 0..<10 {
      let rate: [Float] =
        switch recipe.optimizer {
        case .sgd(let rate, _, _, _): [Float(rate)]
        case .adam(let rate, _, _, _, _, _): [Float(rate), Float(number + 1)]
        }
      memory[TrainingStep.rate] = NamedTensor(TrainingStep.rate, [rate.count], rate)
      session.copyInput(0, from: images)
      session.copyInput(1, from: (0..<8).map(Float.init))
      session.run()
      let loss = session.output(0).reduce(0) { $0 + Double($1) } / 8
      #expect(abs(loss / run.losses[number] - 1) < 1e-5, "step \(number): \(loss), not \(run.losses[number])")
    }
    // The weights after ten steps, with the running statistics, in inference.
    let trained = try Weights(model.tensors.map { memory[$0.name] })
    let network = try model.compile(weights: .tensors(trained), batch: 8)
    var inference = try network.makeSession()
    let logits = try inference.run(images)
    let expected = run.logits.joined().map { $0 }
    let scale = expected.map(abs).max() ?? 1
    let worst = zip(logits, expected).map { abs(Double($0) - $1) / scale }.max() ?? .infinity
    #expect(worst < 1e-4, "logits after ten steps")
  }

  @Test(arguments: Reference.all) func `the first gradients`(run: Reference.Run) throws {
    let model = try Self.model(hasBatchNorm: run.hasBatchNorm, optimizer: run.optimizer)
    let weights = try Formula.weights(model.network)
    // A step of plain descent with rate 1 tells the gradients: w - w'.
    var recipe = model.network.spec.training
    recipe.optimizer = .sgd(learningRate: 1, momentum: 0, nesterov: false, weightDecay: 0)
    let step = TrainingStep(GraphBuilder.build(model.network), recipe: recipe) { !$0.contains("running") }
    var inputs: [ValueID: Tensor<Double>] = [:]
    inputs[step.graph.inputs[0]] = Tensor([8, 3, 16, 16], Formula.input(count: 6144).map(Double.init))
    inputs[step.graph.inputs[1]] = Tensor([8, 1, 1, 1], (0..<8).map(Double.init))
    let values = step.graph.evaluate(inputs: inputs) { name in
      if name == TrainingStep.rate { return Tensor([1], [1]) }
      return Tensor(weights.dimensions(of: name)!, weights.values(of: name)!.map(Double.init))
    }
    for (ours, theirs) in Self.pairs(run, model) {
      let parameter = try #require(step.graph.parameters.first { step.graph[$0].name == ours })
      let assigned = try #require(step.graph.assignments.first { $0.parameter == parameter })
      let before = try #require(values[parameter]).elements
      let after = try #require(values[assigned.value]).elements
      let expected = try #require(run.firstGradients[theirs])
      for (index, gradient) in expected.enumerated() {
        let found = before[index] - after[index]
        #expect(abs(found - gradient) <= 1e-5 * max(abs(gradient), 1e-2), "\(ours)[\(index)]")
      }
    }
  }

  @Test func `the reference has ten runs`() { #expect(Reference.all.count == 10) }
}
