import CNNGraph
import CNNImport
import CNNSpec

/// What the rule of a layer's type works with: the layer, its fields and bottoms, and the network as far as it is built.
struct LayerContext {
  let layer: LayerDefinition
  /// The fields of the rule's message: `convolution_param`.
  let fields: FieldReader
  let inputs: [BlobValue]
  /// Whether this layer alone reads each bottom.
  let isSoleReader: [Bool]
  let builder: NetBuilder

  // MARK: Findings

  /// What a spec cannot say, in words that follow the layer's name.
  func refuse(_ reason: String, at field: String? = nil, help: String...) -> Refusal {
    Refusal(
      .unsupportedModel, "\(layer.title): \(reason)", at: field.flatMap(fields.range) ?? layer.range,
      help: help)
  }

  /// What Caffe refuses, too.
  func damaged(_ reason: String, at field: String? = nil) -> Refusal {
    Refusal(.modelFile, "\(layer.title): \(reason)", at: field.flatMap(fields.range) ?? layer.range)
  }

  // MARK: Bottoms

  /// The only bottom.
  func input() throws(Refusal) -> BlobValue {
    guard inputs.count == 1 else { throw refuse("it has \(inputs.count) bottoms, only one is supported") }
    return inputs[0]
  }

  /// The only bottom, which is channels x height x width, as an image.
  func image() throws(Refusal) -> (source: ImportedLayer.Source, shape: Shape) {
    let value = try input()
    guard value.dimensions.count == 3, let shape = Shape.ofImage(value.dimensions) else {
      throw damaged("its bottom is \(value.text), expected batch x channels x height x width")
    }
    return (builder.reshape(value, to: shape), shape)
  }

  /// A value as an image with its first dimension behind the batch as channels.
  func channels(_ value: BlobValue) throws(Refusal) -> (source: ImportedLayer.Source, shape: Shape) {
    guard let channels = value.dimensions.first, let shape = Shape.ofImage(value.dimensions) else {
      throw damaged("its bottom is \(value.text), which has no channels")
    }
    if value.base.channels == channels { return (value.source, value.base) }
    return (builder.reshape(value, to: shape), shape)
  }

  /// An axis as Caffe counts it, the batch being 0; negative from the end.
  func axis(_ name: String, default fallback: Int, of value: BlobValue) throws(Refusal) -> Int {
    let rank = value.dimensions.count + 1
    let given = try fields.integer(name, -32...32) ?? fallback
    guard given >= -rank, given < rank else {
      throw damaged("its bottom \(value.text) has no axis \(given)", at: name)
    }
    return given < 0 ? given + rank : given
  }

  // MARK: Layers

  /// Adds a layer that is named after Caffe's.
  func add(_ layer: ImportedLayer) -> ImportedLayer.Source {
    var layer = layer
    if !self.layer.name.isEmpty { layer.hints.append(Hint(self.layer.name, .person)) }
    return builder.add(layer)
  }

  /// Adds a layer that computes something of each element.
  func mapElements(_ kind: String, _ arguments: [ImportedLayer.Argument] = []) throws(Refusal) -> BlobValue {
    let value = try input()
    let made = add(ImportedLayer(kind, arguments, of: [value.source], shape: value.base))
    return BlobValue(made, value.base, value.dimensions)
  }

  /// One number for each of some channels.
  func repeated(_ value: Float, channels: Int) throws(Refusal) -> FloatSource {
    guard let source = builder.splat(value, count: channels) else {
      throw refuse("its \(channels) numbers that are one are too many")
    }
    return source
  }

  /// y = weight * x + bias with numbers of the prototxt.
  func affine(_ value: BlobValue, weight: Float, bias: Float) throws(Refusal) -> BlobValue {
    let (source, shape) = try channels(value)
    builder.noteConstants(of: layer)
    let made = add(
      .scale(
        source, shape, weight: try repeated(weight, channels: shape.channels),
        bias: try repeated(bias, channels: shape.channels)))
    return BlobValue(made, shape, value.dimensions)
  }
}
