import CNNGraph
import CNNSpec

/// A value of the model that is made.
struct ExportedValue: Hashable, Sendable {
  var name: String
  /// What it is of one image.
  var shape: Shape
  /// Whether it has the dimensions [N, C], as behind a fully connected layer, in place of [N, C, H, W].
  var isFlat: Bool

  var info: ValueInfoProto {
    let sides = isFlat ? [shape.count] : [shape.channels, shape.height, shape.width]
    let dimensions = TensorShapeProto([.symbol("N")] + sides.map { .size($0) })
    return ValueInfoProto(
      name, .tensor(elementType: TensorProto.ElementType.float.rawValue, shape: dimensions))
  }
}

/// The model as far as its layers have been exported.
final class ExportBuilder {
  let network: CheckedNetwork
  let input: ExportedValue
  private(set) var nodes: [NodeProto] = []
  private(set) var tensors: [ExportedTensor] = []
  private var values: [ExportedValue] = []
  /// Names of values, nodes and initializers.
  private var taken: Set<String>
  /// Values with dimensions that were needed beside their own, by name.
  private var images: [String: String] = [:]
  private var flats: [String: String] = [:]
  /// The max pools whose indices an `unpool` reads.
  private let unpooled: Set<Int>
  private(set) var indices: [Int: String] = [:]
  /// The layers whose values the network returns.
  private let returned: Set<Int>

  init(_ network: CheckedNetwork) {
    self.network = network
    taken = Set(network.layers.map(\.name) + network.outputs.map(\.name))
    unpooled = Set(network.layers.compactMap { Self.pool(undoneBy: $0) })
    returned = Set(network.outputs.compactMap { if case .layer(let index) = $0.value { index } else { nil } })
    var name = "input"
    while taken.contains(name) { name += "_" }
    taken.insert(name)
    input = ExportedValue(name: name, shape: network.input, isFlat: false)
  }

  /// The max pool that an `unpool` undoes.
  static func pool(undoneBy layer: CheckedLayer) -> Int? {
    guard layer.layer.kind == "unpool",
      case .layer(.layer(let index))? = layer.layer.arguments["label"]?.value
    else { return nil }
    return index
  }

  /// A name that nothing else has.
  func unique(_ wish: String) -> String {
    var name = wish
    while !taken.insert(name).inserted { name += "_" }
    return name
  }

  func addLayer(_ index: Int) {
    let layer = network.layers[index]
    guard let kind = layer.layer.kind, let rule = ExportTable.rules[kind], let shape = layer.outputShape
    else {
      preconditionFailure("\(layer.name) has errors, or a kind that is not in the table")
    }
    let context = LayerExport(
      layer: layer, index: index, inputs: layer.layer.inputs.map(value), isUnpooled: unpooled.contains(index),
      builder: self)
    var isFlat = rule(context) == .flat
    let isVector = shape.height == 1 && shape.width == 1
    if !isFlat, isVector, returned.contains(index) {
      flatten(layer.name)
      isFlat = true
    }
    values.append(ExportedValue(name: layer.name, shape: shape, isFlat: isFlat))
  }

  /// Makes a layer's value, which the model returns, one of the dimensions [N, C]: vectors are returned as `cnnc run`
  /// writes them.
  private func flatten(_ name: String) {
    guard let last = nodes.lastIndex(where: { $0.outputs.first == name }) else {
      preconditionFailure("a layer's last node makes its value")
    }
    let image = unique(name + ".image")
    nodes[last].outputs[0] = image
    images[name] = image
    add(NodeProto("Flatten", name: unique(name + ".output"), inputs: [image], outputs: [name]))
  }

  private func value(_ source: LayerInput) -> ExportedValue {
    switch source {
    case .network: return input
    case .layer(let index): return values[index]
    case .unknown: preconditionFailure("the network has errors")
    }
  }

  /// A value as what the model returns under a name.
  func output(_ source: LayerInput, named name: String) -> ValueInfoProto {
    var value = value(source)
    if value.name != name {
      nodes.append(
        NodeProto("Identity", name: unique(name + ".output"), inputs: [value.name], outputs: [name]))
      value.name = name
    }
    return value.info
  }

  // MARK: Parts

  func add(_ node: NodeProto) { nodes.append(node) }

  func add(_ tensor: ExportedTensor) { tensors.append(tensor) }

  func setIndices(of layer: Int, _ name: String) { indices[layer] = name }

  /// A value with the dimensions [N, C, H, W].
  func image(_ value: ExportedValue) -> String {
    guard value.isFlat else { return value.name }
    if let known = images[value.name] { return known }
    let (name, shape) = (unique(value.name + ".image"), value.shape)
    let sides = TensorProto(
      name: unique(name + ".shape"), [4], integers: [0, shape.channels, shape.height, shape.width])
    add(ExportedTensor(name: sides.name, dimensions: [4], content: .made(sides)))
    add(NodeProto("Reshape", name: name, inputs: [value.name, sides.name], outputs: [name]))
    images[value.name] = name
    return name
  }

  /// What a layer reads first, with the dimensions [N, C, H, W].
  func source(of layer: Int) -> String { image(value(network.layers[layer].layer.inputs[0])) }

  /// A value with the dimensions [N, C].
  func flat(_ value: ExportedValue) -> String {
    if value.isFlat { return value.name }
    if let known = flats[value.name] { return known }
    let name = unique(value.name + ".flat")
    add(NodeProto("Flatten", name: name, inputs: [value.name], outputs: [name]))
    flats[value.name] = name
    return name
  }
}

/// What the rule of a kind works with: one layer, its inputs, and the model as far as it is made.
struct LayerExport {
  let layer: CheckedLayer
  let index: Int
  let inputs: [ExportedValue]
  /// Whether an `unpool` reads where this max pool found what it returns.
  let isUnpooled: Bool
  let builder: ExportBuilder

  var name: String { layer.name }

  /// What the layer computes first.
  var op: Op { layer.operators[0] }

  var inputShape: Shape { inputs[0].shape }

  /// An input as batch x channels x height x width.
  func image(_ input: Int = 0) -> String { builder.image(inputs[input]) }

  /// An input as batch x elements.
  func flat(_ input: Int = 0) -> String { builder.flat(inputs[input]) }

  /// A node that computes a part of the layer; its value's name.
  /// - Parameter node: the node's own name, where that is another than the value's.
  func part(
    _ part: String, _ operatorType: String, _ inputs: [String], _ attributes: [AttributeProto] = [],
    node: String? = nil
  ) -> String {
    let name = builder.unique("\(name).\(part)")
    builder.add(
      NodeProto(operatorType, name: node ?? name, inputs: inputs, outputs: [name], attributes: attributes))
    return name
  }

  /// The node that computes what the layer returns, named as it is.
  func last(
    _ operatorType: String, _ inputs: [String], _ attributes: [AttributeProto] = [], besides: [String] = [],
    node: String? = nil
  ) {
    builder.add(
      NodeProto(
        operatorType, name: node ?? name, inputs: inputs, outputs: [name] + besides, attributes: attributes))
  }

  /// One of the layer's tensors as an initializer.
  /// - Parameter dimensions: the tensor's own, or others of as many elements.
  func parameter(
    _ suffix: String, _ dimensions: [Int]? = nil, connections: [[Int]]? = nil
  ) -> String {
    let own = "\(self.name).\(suffix)"
    guard let parameter = layer.parameters.first(where: { $0.name == own }) else {
      preconditionFailure("`\(self.name)` has no \(suffix)")
    }
    let name = builder.unique(own)
    builder.add(
      ExportedTensor(
        name: name, dimensions: dimensions ?? parameter.spec.dimensions,
        content: .weight(own, connections: connections)))
    return name
  }

  func hasParameter(_ suffix: String) -> Bool { layer.parameters.contains { $0.name == "\(name).\(suffix)" } }

  /// Integers as an initializer.
  func integers(_ suffix: String, _ values: [Int]) -> String {
    made(suffix) { TensorProto(name: $0, [values.count], integers: values) }
  }

  /// Floats as an initializer: a vector.
  func floats(_ suffix: String, _ values: [Float]) -> String {
    made(suffix) { TensorProto(name: $0, [values.count], floats: values) }
  }

  /// A number as an initializer.
  func number(_ suffix: String, _ value: Double) -> String {
    made(suffix) { TensorProto(name: $0, [], floats: [Float(value)]) }
  }

  private func made(_ suffix: String, _ tensor: (String) -> TensorProto) -> String {
    let tensor = tensor(builder.unique("\(name).\(suffix)"))
    builder.add(
      ExportedTensor(name: tensor.name, dimensions: tensor.dimensions, content: .made(tensor)))
    return tensor.name
  }
}
