import CNNGraph
import CNNSpec
import Testing

@testable import CNNPasses

struct FuseTests {
  @Test func `an activation happens at the store before it`() {
    var net = PassGraph()
    let x = net.input(Shape(2, 3, 3))
    net.output(net.tanh(net.fc(net.relu(net.conv(x, 4)), 5)))
    let fused = Pass.fuseActivation(net.graph)
    #expect(
      fused.body == """
          relu1 = conv2d(input; conv1.weight, conv1.bias) 4x3x3
          tanh1 = dense(relu1; fc1.weight, fc1.bias) 5x1x1
          return tanh1: tanh1
        """)
    #expect(fused.operators == ["conv2d+relu", "dense+tanh"])
    #expect(fused.nodes.map(\.layers) == [["conv1", "relu1"], ["fc1", "tanh1"]])
    #expect(fused.distance(to: net.graph) == 0)
  }

  @Test func `every operator with an epilogue takes an activation`() {
    var net = PassGraph()
    let x = net.input(Shape(2, 3, 3))
    var y = net.relu(net.conv(x, 2))
    y = net.relu(net.deconv(y, 2))
    y = net.relu(net.bn(y))
    y = net.relu(net.scale(y))
    y = net.relu(net.add(y, x))
    net.output(net.relu(net.fc(y, 3)))
    let fused = Pass.fuseActivation(net.graph)
    #expect(
      fused.operators == [
        "conv2d+relu", "deconv2d+relu", "batch_norm+relu", "channel_affine+relu", "add+relu", "dense+relu",
      ])
    #expect(fused.distance(to: net.graph) == 0)
  }

  @Test func `only the first of two activations`() {
    var net = PassGraph()
    net.output(net.tanh(net.relu(net.conv(net.input(Shape(2, 3, 3)), 4))))
    let fused = Pass.fuseActivation(net.graph)
    #expect(fused.operators == ["conv2d+relu", "activation"])
    #expect(Pass.fuseActivation(fused).operators == fused.operators)
    #expect(fused.distance(to: net.graph) == 0)
  }

  @Test func `not where the value before is read twice or returned`() {
    var net = PassGraph()
    let (x, y) = (net.input(Shape(2, 3, 3)), Shape(2, 3, 3))
    let a = net.conv(x, y.channels)
    let b = net.conv(x, y.channels)
    net.output(net.concat(net.relu(a), a), net.relu(b), b)
    #expect(Pass.fuseActivation(net.graph).operators.filter { $0 == "activation" }.count == 2)
    #expect(Pass.fuseActivation(net.graph).distance(to: net.graph) == 0)
  }

  @Test func `behind what has no epilogue nothing happens`() {
    var net = PassGraph()
    let x = net.input(Shape(2, 3, 3))
    net.output(net.relu(net.pool(net.relu(x), kernel: 2)))
    #expect(Pass.fuseActivation(net.graph).body == net.graph.body)
  }

  @Test func `an addition happens at the later convolution's store`() {
    var net = PassGraph()
    let x = net.input(Shape(2, 3, 3))
    let a = net.conv(x, 4)
    let b = net.conv(x, 4, kernel: 3, pad: 1)
    net.output(net.relu(net.add(a, b)))
    let fused = Pass.fuseResidualAdd(net.graph)
    #expect(
      fused.body == """
          conv1 = conv2d(input; conv1.weight, conv1.bias) 4x3x3
          add1 = conv2d(input, conv1; conv2.weight, conv2.bias) 4x3x3
          relu1 = activation(add1) 4x3x3
          return relu1: relu1
        """)
    #expect(fused.nodes[1].layers == ["conv2", "add1"])
    #expect(fused.distance(to: net.graph) == 0)
    #expect(Pass.fuseActivation(fused).operators == ["conv2d", "conv2d+add+relu"])
  }

  @Test func `a shortcut that is computed after the body is added at its own store`() {
    var net = PassGraph()
    let x = net.input(Shape(2, 3, 3))
    let body = net.deconv(x, 4)
    net.output(net.add(body, net.relu(net.conv(x, 4))))
    let fused = Pass.fuseResidualAdd(net.graph)
    #expect(fused.operators == ["conv2d", "activation", "deconv2d+add"])
    #expect(fused.distance(to: net.graph) == 0)
  }

  @Test func `no addition is fused that must not be`() {
    func unchanged(_ build: (inout PassGraph, ValueID) -> Void) -> Bool {
      var net = PassGraph()
      let x = net.input(Shape(2, 3, 3))
      build(&net, x)
      let fused = Pass.fuseResidualAdd(net.graph)
      return fused.body == net.graph.body && fused.operators == net.graph.operators
    }
    // Read twice, returned, the same value twice, three branches, and branches that end in no convolution.
    #expect(
      unchanged { net, x in
        let y = net.conv(x, 2)
        net.output(net.concat(net.add(y, x), y))
      })
    #expect(
      unchanged { net, x in
        let y = net.conv(x, 2)
        net.output(net.add(y, x), y)
      })
    #expect(
      unchanged { net, x in
        let y = net.conv(x, 2)
        net.output(net.add(y, y))
      })
    #expect(unchanged { net, x in net.output(net.add(net.conv(x, 2), x, x)) })
    #expect(unchanged { net, x in net.output(net.add(net.relu(net.conv(x, 2)), x)) })
    #expect(unchanged { net, x in net.output(net.add(net.bn(x), x)) })
  }

  @Test func `two additions in a row take a convolution each`() {
    var net = PassGraph()
    let x = net.input(Shape(2, 3, 3))
    let first = net.add(net.conv(x, 2), x)
    net.output(net.add(net.conv(first, 2), first))
    let fused = Pass.fuseResidualAdd(net.graph)
    #expect(fused.operators == ["conv2d+add", "conv2d+add"])
    #expect(fused.distance(to: net.graph) == 0)
  }
}
