import CNNGraph
import CNNSpec

/// Builds graphs for tests as one reads them: `let a = net.relu(net.conv(x, 64))`.
struct GraphBuilder {
  var graph: Graph
  private var count = 0

  init(_ name: String = "test") { graph = Graph(name: name) }

  mutating func input(_ shape: Shape, _ name: String = "input") -> ValueID {
    graph.addInput(name, .activation(shape))
  }

  mutating func node<Layer: LayerOperator>(
    _ layer: Layer, _ wrap: (Layer) -> Op, _ inputs: [ValueID], _ name: String? = nil
  ) -> ValueID {
    count += 1
    let name = name ?? "\(Layer.name)\(count)"
    let parameters = layer.parameters(for: inputs.map { graph[$0].type.shape }).map {
      graph.addParameter("\(name).\($0.suffix)", .parameter($0.dimensions))
    }
    return graph.addNode(
      wrap(layer), inputs: inputs, parameters: parameters, outputNames: [name], layers: [name])[0]
  }

  mutating func conv(_ x: ValueID, _ filters: Int, kernel: Int = 3, stride: Int = 1, _ name: String? = nil)
    -> ValueID
  {
    // Exact windows, as the front end makes them: less padding at the bottom and the right.
    let size = graph[x].type.shape.height
    let pad = kernel / 2
    let end = pad - (size + 2 * pad - kernel) % stride
    let window = Window2D(
      kernel: Size2D(kernel), stride: Size2D(stride),
      padding: Padding(top: pad, bottom: end, left: pad, right: end))
    return node(Conv2D(filters: filters, window: window), Op.conv2d, [x], name)
  }
  mutating func relu(_ x: ValueID, _ name: String? = nil) -> ValueID {
    node(Activation.relu, Op.activation, [x], name)
  }
  mutating func pool(_ x: ValueID) -> ValueID {
    node(Pool2D(mode: .max, window: Window2D(kernel: Size2D(2), stride: Size2D(2))), Op.pool2d, [x])
  }
  mutating func up(_ x: ValueID, _ filters: Int) -> ValueID {
    node(
      Deconv2D(filters: filters, kernel: Size2D(2), stride: Size2D(2)), Op.deconv2d, [x])
  }
  mutating func dense(_ x: ValueID, _ units: Int) -> ValueID { node(Dense(units: units), Op.dense, [x]) }
  mutating func add(_ inputs: ValueID...) -> ValueID { node(Add(), Op.add, inputs) }
  mutating func concat(_ inputs: [ValueID], _ name: String? = nil) -> ValueID {
    node(Concat(), Op.concat, inputs, name)
  }
  mutating func identity(_ x: ValueID) -> ValueID { node(Identity(), Op.identity, [x]) }
  mutating func dropout(_ x: ValueID) -> ValueID { node(Dropout(), Op.dropout, [x]) }
  mutating func flatten(_ x: ValueID) -> ValueID {
    node(Reshape(shape: Shape(graph[x].type.count, 1, 1)), Op.reshape, [x])
  }
  mutating func output(_ value: ValueID, _ name: String? = nil) {
    graph.outputs.append(.init(name: name ?? graph[value].name, value: value))
  }
}
