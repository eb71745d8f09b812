import CNNGraph
import CNNSpec
import Testing

@testable import CNNPasses

struct FuseBatchNormReLUTests {
  /// The passes of training steps, with all that can be in channel blocks.
  private static let blocks = [Pass].training(costs: .blocks(prefersWinograd: false))

  /// The step of a network of 2x3x3 images, and the same without the pass.
  private func steps(
    passes: [Pass] = blocks, _ build: (inout PassGraph, ValueID) -> ValueID
  ) -> (fused: Graph, apart: Graph) {
    var net = PassGraph()
    let last = build(&net, net.input(Shape(2, 3, 3)))
    net.output(net.conv(last, 2, kernel: 3))
    func graph(_ passes: [Pass]) -> Graph {
      TrainingStep(net.graph, recipe: TrainingRecipe(), passes: passes) { !$0.contains("running") }.observed
    }
    return (graph(passes), graph(passes.filter { $0.name != Pass.fuseBatchNormReLU.name }))
  }

  /// The batch norms and functions, with their gradients, in order.
  private func norms(_ graph: Graph) -> [String] {
    graph.operators.filter { $0.contains("batch_norm") || $0.contains("activation") }
  }

  @Test func `a relu and its gradient happen in the batch norm`() throws {
    let (fused, apart) = steps { net, x in net.relu(net.bn(net.conv(x, 4))) }
    #expect(
      norms(apart) == [
        "batch_norm_training", "activation", "activation_gradient", "batch_norm_gradient",
      ])
    #expect(norms(fused) == ["batch_norm_training+relu", "batch_norm_gradient+relu"])
    #expect(fused.distance(to: apart) == 0)
    let layers = fused.nodes.map(\.layers)
    #expect(layers.contains(["bn1", "relu1"]) && layers.contains(["relu1", "bn1"]), "\(layers)")
  }

  @Test func `several in a row, and one before another's convolution`() {
    let (fused, apart) = steps { net, x in
      let y = net.relu(net.bn(net.relu(net.bn(net.conv(x, 4)))))
      return net.relu(net.bn(net.conv(y, 4, kernel: 3, pad: 1)))
    }
    #expect(
      norms(fused)
        == ["batch_norm_training+relu", "batch_norm_gradient+relu"].flatMap { [$0, $0, $0] })
    #expect(fused.distance(to: apart) == 0)
  }

  @Test func `not what is read before the relu too`() {
    let (fused, apart) = steps { net, x in
      let norm = net.bn(net.conv(x, 4))
      return net.add(net.relu(norm), net.tanh(norm))
    }
    #expect(fused.operators == apart.operators)
    #expect(!norms(fused).contains { $0.hasSuffix("+relu") && $0.hasPrefix("batch_norm") })
  }

  @Test func `what is returned before the relu is computed, and the gradient takes the relu's all the same`()
  {
    var (_, graph) = steps { net, x in net.relu(net.bn(net.conv(x, 4))) }
    let norm = graph.nodes.first { $0.op.name == "batch_norm_training" }!
    graph.outputs.append(.init(name: "norm", value: norm.output))
    let fused = Pass.fuseBatchNormReLU(graph)
    #expect(norms(fused) == ["batch_norm_training", "activation", "batch_norm_gradient+relu"])
    #expect(fused.distance(to: graph) == 0)
  }

  @Test func `not what lies row-major`() {
    let (fused, apart) = steps(passes: .training) { net, x in net.relu(net.bn(net.conv(x, 4))) }
    #expect(fused.operators == apart.operators)
  }

  @Test func `not other functions, and not a relu behind a sum`() {
    let (fused, apart) = steps { net, x in
      let y = net.tanh(net.bn(net.conv(x, 2)))
      return net.relu(net.add(net.bn(net.conv(y, 2)), y))
    }
    #expect(norms(fused) == norms(apart))
    #expect(!norms(fused).contains { $0.hasPrefix("batch_norm") && $0.hasSuffix("+relu") })
  }

  @Test func `a frozen batch norm is another operator`() {
    var net = PassGraph()
    net.output(net.conv(net.relu(net.bn(net.conv(net.input(Shape(2, 3, 3)), 4))), 2, kernel: 3))
    let step = TrainingStep(net.graph, recipe: TrainingRecipe(), passes: Self.blocks) {
      !$0.hasPrefix("bn")
    }
    #expect(!step.graph.operators.contains { $0.hasPrefix("batch_norm") })
  }
}
