import CNNGraph
import CNNImport
import CNNSpec

/// What the rule of an operator works with: one node, its attributes and inputs, and the network as far as it is built.
struct NodeContext {
  let node: NodeProto
  /// The version of the operators.
  let operatorSet: Int
  let builder: NetworkBuilder

  /// The batch that the model is read with: the input's first dimension, or 1 where a run decides it.
  var batch: Int { builder.batch }

  func refuse(_ reason: String) -> Refusal { .unsupported(reason) }

  // MARK: Attributes

  private func attribute(_ name: String) -> AttributeProto.Value? {
    node.attributes.last { $0.name == name }?.value
  }

  func integer(_ name: String) throws(Refusal) -> Int? {
    guard let value = attribute(name) else { return nil }
    guard case .integer(let number) = value else { throw refuse("`\(name)` is no integer") }
    return number
  }

  func integer(_ name: String, default fallback: Int) throws(Refusal) -> Int {
    try integer(name) ?? fallback
  }

  func float(_ name: String) throws(Refusal) -> Float? {
    guard let value = attribute(name) else { return nil }
    guard case .float(let number) = value, number.isFinite else {
      throw refuse("`\(name)` is no finite float")
    }
    return number
  }

  func float(_ name: String, default fallback: Float) throws(Refusal) -> Float { try float(name) ?? fallback }

  func string(_ name: String, default fallback: String) throws(Refusal) -> String {
    guard let value = attribute(name) else { return fallback }
    guard case .string(let text) = value else { throw refuse("`\(name)` is no text") }
    return text
  }

  func integers(_ name: String) throws(Refusal) -> [Int]? {
    guard let value = attribute(name) else { return nil }
    guard case .integers(let numbers) = value else { throw refuse("`\(name)` is no list of integers") }
    return numbers
  }

  func floats(_ name: String) throws(Refusal) -> [Float]? {
    guard let value = attribute(name) else { return nil }
    guard case .floats(let numbers) = value else { throw refuse("`\(name)` is no list of floats") }
    return numbers
  }

  func tensor(_ name: String) throws(Refusal) -> Constant? {
    guard let value = attribute(name) else { return nil }
    guard case .tensor(let tensor) = value else { throw refuse("`\(name)` is no tensor") }
    return try builder.constant(tensor)
  }

  // MARK: Inputs and outputs

  /// The value of an input, or nil where it is left out.
  func optionalInput(_ index: Int) throws(Refusal) -> ImportedValue? {
    guard index < node.inputs.count, !node.inputs[index].isEmpty else { return nil }
    let value = try builder.value(named: node.inputs[index])
    switch value {
    case .unknown: throw .dependent
    case .indices: throw refuse("input \(index) is a MaxPool's indices, which only a MaxUnpool may read")
    case .activation, .constant: return value
    }
  }

  /// The max pool whose indices an input is.
  func indices(_ index: Int) throws(Refusal) -> PooledImage {
    guard index < node.inputs.count, !node.inputs[index].isEmpty else {
      throw refuse("input \(index) is missing")
    }
    switch try builder.value(named: node.inputs[index]) {
    case .indices(let pooled): return pooled
    case .unknown: throw .dependent
    case .activation, .constant: throw refuse("its indices are none of a MaxPool's")
    }
  }

  func input(_ index: Int) throws(Refusal) -> ImportedValue {
    guard let value = try optionalInput(index) else { throw refuse("input \(index) is missing") }
    return value
  }

  func activation(_ index: Int) throws(Refusal) -> Activation {
    guard case .activation(let activation) = try input(index) else {
      throw refuse("input \(index) is no value of the network")
    }
    return activation
  }

  func optionalConstant(_ index: Int) throws(Refusal) -> Constant? {
    switch try optionalInput(index) {
    case nil: return nil
    case .constant(let constant): return constant
    case .activation, .indices, .unknown:
      throw refuse("input \(index), `\(node.inputs[index])`, is no constant")
    }
  }

  func constant(_ index: Int) throws(Refusal) -> Constant {
    guard let constant = try optionalConstant(index) else { throw refuse("input \(index) is missing") }
    return constant
  }

  /// A constant of floats.
  func floatConstant(_ index: Int) throws(Refusal) -> (dimensions: [Int], values: FloatSource) {
    let constant = try constant(index)
    guard let floats = constant.floats else { throw refuse("input \(index) is not of float32") }
    return (constant.dimensions, floats)
  }

  /// The integers of an input that is one of a node's attributes in older versions.
  func optionalIntegers(_ index: Int) throws(Refusal) -> [Int]? {
    guard let constant = try optionalConstant(index) else { return nil }
    guard let integers = constant.integers else { throw refuse("input \(index) has no integers") }
    return integers
  }

  /// The only float of an input that is one of a node's attributes in older versions.
  func optionalFloat(_ index: Int) throws(Refusal) -> Float? {
    guard let constant = try optionalConstant(index) else { return nil }
    guard constant.count == 1, let value = constant.floats?.values().first else {
      throw refuse("input \(index) is no single float")
    }
    return value
  }

  func setOutput(_ value: ImportedValue) { builder.set(node.outputs[0], value) }

  /// Sets one of several outputs.
  func setOutput(_ index: Int, _ value: ImportedValue) { builder.set(node.outputs[index], value) }

  /// Whether anything reads one of several outputs.
  func isOutputUsed(_ index: Int) -> Bool {
    index < node.outputs.count && !node.outputs[index].isEmpty && builder.isUsed(node.outputs[index])
  }

  func setOutput(_ activation: Activation) { setOutput(.activation(activation)) }

  // MARK: Layers

  /// Adds a layer, named after the node and its weights.
  /// - Parameter weight: the index of the input after which it is best named.
  func add(_ layer: ImportedLayer, namedAfter weight: Int? = nil) -> ImportedLayer.Source {
    var layer = layer
    if let weight, case .constant(let constant)? = try? optionalInput(weight), let name = constant.name {
      layer.hints.append(Hint(name, .tensor))
    }
    if !node.name.isEmpty, !node.isNumbered { layer.hints.append(Hint(node.path, .node)) }
    layer.label = label
    return builder.add(layer)
  }

  /// What a layer must be called: a model that was exported from a spec has that spec's names.
  var label: String? { builder.keepsNames && !node.name.isEmpty ? node.name : nil }

  /// Adds a layer that computes something of each element: the dimensions stay.
  func mapElements(
    _ kind: String, _ arguments: [ImportedLayer.Argument] = []
  ) throws(Refusal) {
    let x = try activation(0)
    let source = add(ImportedLayer(kind, arguments, of: [x.source], shape: x.base))
    setOutput(Activation(source, x.base, x.dimensions))
  }

  /// A value of four dimensions as an image, or one of three as an image of one row; reshaped if it is none already.
  func image(_ value: Activation) throws(Refusal) -> (source: ImportedLayer.Source, shape: Shape) {
    let sides = value.dimensions
    guard sides.count == 4 || sides.count == 3 else {
      throw refuse("its input has \(sides.count) dimensions, expected batch x channels x height x width")
    }
    let shape = sides.count == 4 ? Shape(sides[1], sides[2], sides[3]) : Shape(sides[1], 1, sides[2])
    return (builder.reshape(value, to: shape), shape)
  }

  /// The dimensions of what is computed of an image, as many as the image had.
  func dimensions(of shape: Shape, like image: Activation) -> [Int] {
    let rows = image.dimensions.count == 3 ? [] : [shape.height]
    return [image.dimensions[0], shape.channels] + rows + [shape.width]
  }

  /// A value as an image with the second dimension as its channels.
  func channels(_ value: Activation) throws(Refusal) -> (source: ImportedLayer.Source, shape: Shape) {
    guard value.dimensions.count >= 2 else { throw refuse("its input has no channels") }
    let channels = value.dimensions[1]
    if value.base.channels == channels { return (value.source, value.base) }
    guard let shape = NetworkBuilder.shape(of: value.dimensions) else {
      throw refuse("its input has no elements")
    }
    return (builder.reshape(value, to: shape), shape)
  }

  /// One number for each of some channels.
  func repeated(_ value: Float, channels: Int) throws(Refusal) -> [Float] {
    // An input may claim any number of channels without a byte in the file.
    try builder.countMade([channels])
    return [Float](repeating: value, count: channels)
  }

  /// An axis counted from the end if negative.
  func axis(_ number: Int, of rank: Int) throws(Refusal) -> Int {
    guard number >= -rank, number < rank else { throw refuse("there is no axis \(number) of \(rank)") }
    return number < 0 ? number + rank : number
  }
}
