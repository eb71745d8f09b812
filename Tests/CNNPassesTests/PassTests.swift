import CNNGraph
import CNNSpec
import Testing

@testable import CNNPasses

struct PassTests {
  /// Fewer where the compiler does not optimise.
  #if DEBUG
    static let seeds = 0..<200
  #else
    static let seeds = 0..<2000
  #endif

  /// Before = after: the naive reference computes the same from both graphs.
  private func check(_ passes: [Pass], every step: Int = 1) {
    for seed in stride(from: Self.seeds.lowerBound, to: Self.seeds.upperBound, by: step) {
      let graph = RandomPassGraph(seed: UInt64(seed)).net.graph
      let result = passes(graph)
      let distance = result.distance(to: graph)
      #expect(distance < 1e-9, "seed \(seed)\n\(graph)\n\(result)")
      #expect(result.outputs.map(\.name) == graph.outputs.map(\.name))
      #expect(result.inputs.map { result[$0].name } == graph.inputs.map { graph[$0].name })
    }
  }

  @Test(arguments: [Pass].simplification.map(\.name))
  func `each pass keeps what random graphs compute`(name: String) throws {
    check([try #require([Pass].simplification.first { $0.name == name })])
  }

  @Test func `all of them together`() { check(.simplification) }

  @Test(arguments: [Pass].simplification.indices)
  func `all but one`(index: Int) {
    var passes = [Pass].simplification
    passes.remove(at: index)
    check(passes, every: 3)
  }

  @Test func `in any order, twice over`() {
    var random = Numbers(state: 1)
    for seed in 0..<Self.seeds.count / 2 {
      let graph = RandomPassGraph(seed: UInt64(seed + 10_000)).net.graph
      var passes = [Pass].simplification + [Pass].simplification
      for index in passes.indices.dropLast() {
        passes.swapAt(index, index + random.below(passes.count - index))
      }
      #expect(passes(graph).distance(to: graph) < 1e-9, "\(passes.map(\.name))\n\(graph)")
    }
  }

  /// The step of a random network: its last value is trained on.
  private func step(seed: Int, passes: [Pass]) -> Graph {
    var network = RandomPassGraph(seed: UInt64(seed)).net.graph
    network.outputs.removeFirst(network.outputs.count - 1)
    var recipe = TrainingRecipe()
    recipe.loss = seed % 2 == 0 ? .crossEntropy : .meanSquaredError
    let frozen = seed % 3 == 0 ? "bn1." : "conv1."
    return TrainingStep(network, recipe: recipe, passes: passes) {
      !$0.contains("running") && !(seed % 5 == 0 && $0.hasPrefix(frozen))
    }.observed
  }

  /// Losses, scores, and all that the step's tensors become.
  @Test(arguments: [false, true])
  func `the passes of training steps keep what random networks' steps compute`(isInBlocks: Bool) {
    let passes: [Pass] = isInBlocks ? .training(costs: .blocks(prefersWinograd: true)) : .training
    var found: Set<String> = []
    for seed in Self.seeds {
      let (step, plain) = (step(seed: seed, passes: passes), step(seed: seed, passes: []))
      let distance = step.distance(to: plain)
      #expect(distance < 1e-9, "seed \(seed)\n\(plain)\n\(step)")
      #expect(step.outputs.map(\.name) == plain.outputs.map(\.name))
      found.formUnion(step.operators.filter { !plain.operators.contains($0) })
    }
    #expect(found.isSuperset(of: ["conv2d+relu", "conv2d+add", "add+tanh"]), "\(found.sorted())")
    if isInBlocks {
      #expect(found.isSuperset(of: ["batch_norm_training+relu", "batch_norm_gradient+relu"]))
    }
  }

  @Test func `the passes do something`() {
    var fused: Set<String> = []
    for seed in 0..<2000 {
      fused.formUnion([Pass].simplification(RandomPassGraph(seed: UInt64(seed)).net.graph).operators)
    }
    // Everything that may be fused was, somewhere.
    #expect(
      fused.isSuperset(of: [
        "conv2d+relu", "conv2d+add", "conv2d+add+tanh", "deconv2d+add", "deconv2d+relu", "dense+relu",
        "add+tanh", "channel_affine+relu",
      ]), "\(fused.sorted())")
    #expect(!fused.contains("batch_norm") && !fused.contains("dropout") && !fused.contains("identity"))
  }

  @Test func `a dump after every pass`() {
    var net = PassGraph()
    net.output(net.dropout(net.relu(net.bn(net.conv(net.input(Shape(2, 3, 3)), 4)))))
    var seen: [String] = []
    _ = [Pass].simplification(net.graph) { pass, graph in
      seen.append(
        "\(pass.name): \(graph.operators.filter { $0 != "fold_batch_norm" }.joined(separator: " "))")
    }
    #expect(
      seen == [
        "remove identities: conv2d batch_norm activation", "fold batch norm: conv2d activation",
        "fuse residual add: conv2d activation", "fuse activation: conv2d+relu",
        "remove dead code: conv2d+relu",
      ])
  }

  @Test func `the layers that a step computes are remembered`() {
    var net = PassGraph()
    let x = net.input(Shape(4, 3, 3))
    net.output(net.relu(net.add(net.bn(net.conv(x, 4)), x)))
    #expect([Pass].simplification(net.graph).nodes.last?.layers == ["conv1", "bn1", "add1", "relu1"])
  }
}
