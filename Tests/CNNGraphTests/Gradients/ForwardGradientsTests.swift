import CNNGraph
import CNNSpec
import Testing

/// The operators whose gradients other operators of the forward half compute.
struct ForwardGradientsTests {
  @Test func `reshape and identity`() throws {
    let reshape = Reshape(shape: Shape(30, 1, 1))
    try GradientChecker.check(reshape, as: .reshape(reshape), on: [Shape(2, 3, 5)])
    try GradientChecker.check(Identity(), as: .identity(Identity()), on: [Shape(2, 3, 5)])
  }

  @Test(arguments: [
    Pad2D(padding: .none), Pad2D(padding: Padding(2)),
    Pad2D(padding: Padding(top: 0, bottom: 1, left: 2, right: 3)),
    Pad2D(padding: .none, channelsBefore: 1, channelsAfter: 2),
    Pad2D(padding: Padding(top: 1, bottom: 0, left: 0, right: 3), channelsBefore: 0, channelsAfter: 1),
  ])
  func padding(op: Pad2D) throws {
    for shape in [Shape(1, 1, 1), Shape(3, 3, 5)] {
      try GradientChecker.check(op, as: .pad2d(op), on: [shape])
    }
  }

  @Test(arguments: [
    (0, 0, Size2D(height: 5, width: 7)), (2, 3, Size2D(height: 3, width: 4)), (4, 6, Size2D(1)),
    (1, 0, Size2D(height: 1, width: 7)),
  ])
  func cropping(top: Int, left: Int, size: Size2D) throws {
    let op = Crop2D(offsetTop: top, offsetLeft: left, size: size)
    try GradientChecker.check(op, as: .crop2d(op), on: [Shape(2, 5, 7)])
  }

  @Test(arguments: [(1, 3), (3, 3), (2, 6), (3, 15), (5, 15)])
  func shuffling(groups: Int, channels: Int) throws {
    let op = ChannelShuffle(groups: groups)
    try GradientChecker.check(op, as: .channelShuffle(op), on: [Shape(channels, 1, 2)])
  }

  @Test(arguments: 1...4)
  func sums(count: Int) throws {
    let inputs = [Shape](repeating: Shape(2, 3, 1), count: count)
    try GradientChecker.check(Add(), as: .add(Add()), on: inputs)
  }

  @Test func `products, each input full or one factor a channel`() throws {
    let (shape, gate) = (Shape(3, 2, 5), Shape(3, 1, 1))
    for inputs in [
      [shape, shape], [shape, gate], [gate, shape], [gate, gate], [gate, shape, gate, shape],
      [shape, gate, gate],
    ] {
      try GradientChecker.check(Multiply(), as: .multiply(Multiply()), on: inputs)
    }
  }

  @Test func `a value that an operator reads twice gets both gradients`() throws {
    var graph = Graph(name: "square")
    let x = graph.addInput("x", .activation(Shape(1, 1, 3)))
    let dy = graph.addInput("dy", .activation(Shape(1, 1, 3)))
    let square = graph.addNode(.multiply(Multiply()), inputs: [x, x], outputNames: ["y"], layers: ["square"])
    var builder = GradientBuilder(graph) { _ in true }
    Multiply().addGradients(of: graph[graph.nodeIDs[0]], from: dy, to: &builder)
    let gradient = try #require(builder.gradient(of: x))
    #expect(square.count == 1)
    let values = builder.graph.evaluate(
      inputs: [x: image(Shape(1, 1, 3), [1, 2, -3]), dy: image(Shape(1, 1, 3), [1, 10, 1])]
    ) { _ in preconditionFailure("no parameters") }
    #expect(values[gradient]?.elements == [2, 40, -6])
  }
}
