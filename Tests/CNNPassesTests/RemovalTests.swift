import CNNGraph
import CNNSpec
import Testing

@testable import CNNPasses

struct RemovalTests {
  @Test func `identity and dropout go`() {
    var net = PassGraph()
    let x = net.identity(net.input(Shape(2, 3, 3)))
    net.output(net.dropout(net.identity(net.relu(net.dropout(x)))))
    let result = Pass.removeIdentities(net.graph)
    #expect(
      result.body
        == """
          relu1 = activation(input) 2x3x3
          return identity2: relu1
        """.replacing("identity2", with: "dropout2"))
    #expect(result.distance(to: net.graph) == 0)
  }

  @Test func `an input may be returned`() {
    var net = PassGraph()
    net.output(net.identity(net.input(Shape(2, 3, 3))))
    let result = [Pass].simplification(net.graph)
    #expect(result.nodes.isEmpty)
    #expect(result.distance(to: net.graph) == 0)
  }

  @Test func `what no output needs goes, with its parameters; inputs stay`() {
    var net = PassGraph()
    let x = net.input(Shape(2, 3, 3))
    let second = net.input(Shape(2, 3, 3), "second")
    let y = net.conv(x, 4)
    _ = net.bn(net.conv(second, 3))
    net.output(net.relu(y))
    let result = Pass.removeDeadCode(net.graph)
    #expect(result.operators == ["conv2d", "activation"])
    #expect(result.parameters.map { result[$0].name } == ["conv1.weight", "conv1.bias"])
    #expect(result.inputs.map { result[$0].name } == ["input", "second"])
    #expect(result.distance(to: net.graph) == 0)
  }

  @Test func `folding leaves no batch norm's tensor unread`() {
    var net = PassGraph()
    net.output(net.bn(net.conv(net.input(Shape(2, 3, 3)), 4, bias: false)))
    let result = [Pass].simplification(net.graph)
    #expect(result.parameters.count == 5)
    #expect(result.operators == ["fold_batch_norm", "fold_batch_norm", "conv2d"])
  }
}
