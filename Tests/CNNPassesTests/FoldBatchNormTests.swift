import CNNGraph
import CNNSpec
import Testing

@testable import CNNPasses

struct FoldBatchNormTests {
  @Test func `before and after`() {
    var net = PassGraph()
    net.output(net.bn(net.conv(net.input(Shape(2, 3, 3)), 4)))
    #expect(
      net.graph.body == """
          conv1 = conv2d(input; conv1.weight, conv1.bias) 4x3x3
          bn1 = batch_norm(conv1; bn1.weight, bn1.bias, bn1.running_mean, bn1.running_var) 4x3x3
          return bn1: bn1
        """)
    let folded = Pass.foldBatchNorm(net.graph)
    #expect(
      folded.body == """
          conv1.folded_weight = fold_batch_norm(; conv1.weight, bn1.weight, bn1.bias, bn1.running_mean, bn1.running_var) 4x2x1x1
          conv1.folded_bias = fold_batch_norm(; conv1.bias, bn1.weight, bn1.bias, bn1.running_mean, bn1.running_var) 4
          bn1 = conv2d(input; conv1.folded_weight, conv1.folded_bias) 4x3x3
          return bn1: bn1
        """)
    #expect(folded.nodes.last?.layers == ["conv1", "bn1"])
    #expect(folded.distance(to: net.graph) < 1e-12)
  }

  /// Each layer with a batch norm behind it becomes one node beside its constants.
  @Test(arguments: [
    "conv", "conv without bias", "conv in groups", "depthwise", "conv with a table", "deconv",
    "deconv without bias", "deconv in groups", "fc", "fc without bias",
  ])
  func `layers that take a batch norm in`(layer: String) {
    var net = PassGraph()
    let x = net.input(Shape(4, 3, 2))
    let y =
      switch layer {
      case "conv": net.conv(x, 6, kernel: 2)
      case "conv without bias": net.conv(x, 6, bias: false)
      case "conv in groups": net.conv(x, 6, kernel: 2, groups: 2)
      case "depthwise": net.conv(x, 8, kernel: 2, groups: 4, bias: false)
      case "conv with a table": net.conv(x, 3, kernel: 2, connections: [[0, 3], [1], [0, 1, 2]])
      case "deconv": net.deconv(x, 6, kernel: 2)
      case "deconv without bias": net.deconv(x, 6, bias: false)
      case "deconv in groups": net.deconv(x, 6, kernel: 2, groups: 2)
      case "fc": net.fc(x, 5)
      default: net.fc(x, 5, bias: false)
      }
    let norm = net.bn(y)
    net.output(net.relu(norm))
    let folded = Pass.foldBatchNorm(net.graph)
    #expect(folded.nodes.count { !$0.inputs.isEmpty } == 2, "\(folded)")
    #expect(!folded.operators.contains("batch_norm"))
    #expect(folded.distance(to: net.graph) < 1e-12)
  }

  @Test func `alone it becomes a factor and a summand`() {
    var net = PassGraph()
    net.output(net.bn(net.relu(net.input(Shape(3, 2, 2)))))
    let folded = Pass.foldBatchNorm(net.graph)
    #expect(folded.operators == ["activation", "fold_batch_norm", "fold_batch_norm", "channel_affine"])
    #expect(folded.distance(to: net.graph) < 1e-12)
  }

  @Test func `a layer whose value is read twice keeps its weights`() {
    var net = PassGraph()
    let y = net.conv(net.input(Shape(2, 3, 3)), 4)
    net.output(net.add(net.bn(y), y))
    let folded = Pass.foldBatchNorm(net.graph)
    #expect(folded.operators.filter { $0 != "fold_batch_norm" } == ["conv2d", "channel_affine", "add"])
    #expect(folded.distance(to: net.graph) < 1e-12)
  }

  @Test func `a layer whose value is returned keeps its weights`() {
    var net = PassGraph()
    let y = net.conv(net.input(Shape(2, 3, 3)), 4)
    net.output(y, net.bn(y))
    let folded = Pass.foldBatchNorm(net.graph)
    #expect(folded.operators.filter { $0 != "fold_batch_norm" } == ["conv2d", "channel_affine"])
    #expect(folded.distance(to: net.graph) < 1e-12)
  }

  @Test func `the second of two batch norms stays a step of its own`() {
    var net = PassGraph()
    net.output(net.bn(net.bn(net.conv(net.input(Shape(2, 3, 3)), 4))))
    let folded = Pass.foldBatchNorm(net.graph)
    #expect(folded.operators.filter { $0 != "fold_batch_norm" } == ["conv2d", "channel_affine"])
    #expect(folded.distance(to: net.graph) < 1e-12)
  }

  @Test func `what has a function at its store is no layer to fold into`() {
    var net = PassGraph()
    net.output(net.bn(net.relu(net.conv(net.input(Shape(2, 3, 3)), 4))))
    let folded = Pass.foldBatchNorm(Pass.fuseActivation(net.graph))
    #expect(folded.operators.first == "conv2d+relu")
    #expect(folded.operators.last == "channel_affine")
    #expect(folded.distance(to: net.graph) < 1e-12)
  }
}
