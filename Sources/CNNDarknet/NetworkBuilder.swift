import CNNGraph
import CNNImport
import CNNSpec

/// The network as far as its sections have been imported.
final class NetworkBuilder {
  /// What a section computes.
  enum Value {
    case known(Activation)
    /// It could not be imported, which has been noted.
    case unknown
    /// What a head decodes, for an app to do.
    case decoded
    /// A loss, which training computes.
    case loss
  }

  struct Activation {
    var source: ImportedLayer.Source
    var shape: Shape
    /// Whether Darknet has a height and a width for it; otherwise it is a vector, N x 1 x 1.
    var isImage = true
  }

  /// Where a tensor's numbers are in the weights file.
  struct Slot {
    enum Form {
      case stored
      /// A matrix that old files store with rows and columns exchanged.
      case matrix(rows: Int, columns: Int)
      /// A matrix that is always stored so; rows and columns are those of the file.
      case exchanged(rows: Int, columns: Int)
      case variance
    }

    var layer: Int
    var tensor: Int
    var count: Int
    var form: Form
    var section: SourceRange
  }

  private(set) var layers: [ImportedLayer] = []
  /// In the order of the weights file.
  private(set) var slots: [Slot] = []
  /// What each section computes.
  var values: [Value] = []
  /// What enters the decoding of boxes and the like, and what comes last.
  var outputs: [ImportedLayer.Source] = []
  /// What the next section reads unless it says otherwise.
  var current: Value
  /// Whether images have to become -1...1, which a [crop] that comes first does.
  var isCentred = false

  private let inputShape: Shape

  /// - Parameter input: nil where it is not known, which has been noted.
  init(input: Activation?) {
    current = input.map { .known($0) } ?? .unknown
    inputShape = input?.shape ?? Shape(1, 1, 1)
  }

  // MARK: Values

  /// The value that a section reads.
  func input(_ reader: SectionReader) throws(Refusal) -> Activation { try activation(current, reader) }

  /// What a section before computes, as it lists it.
  func value(_ index: Int, _ reader: SectionReader) throws(Refusal) -> Activation {
    try activation(values[index], reader)
  }

  private func activation(_ value: Value, _ reader: SectionReader) throws(Refusal) -> Activation {
    switch value {
    case .known(let activation): return activation
    case .unknown: throw .dependent
    case .decoded: throw reader.refuse("it reads what a head decodes")
    case .loss: throw reader.refuse("it reads a loss")
    }
  }

  /// The value that a section reads, which must be an image.
  func image(_ reader: SectionReader) throws(Refusal) -> Activation {
    let value = try input(reader)
    guard value.isImage else {
      throw reader.damaged("expected an image in front of [\(reader.section.name)], found a vector")
    }
    return value
  }

  func shape(of source: ImportedLayer.Source) -> Shape {
    switch source {
    case .input: inputShape
    case .layer(let index): layers[index].shape
    }
  }

  // MARK: Layers

  func add(_ layer: ImportedLayer) -> ImportedLayer.Source {
    layers.append(layer)
    return .layer(layers.count - 1)
  }

  /// Adds a layer that computes something of each element.
  func map(_ kind: String, _ value: Activation, _ arguments: [ImportedLayer.Argument] = []) -> Activation {
    var result = value
    result.source = add(ImportedLayer(kind, arguments, of: [value.source], shape: value.shape))
    return result
  }

  /// A value as a vector.
  func flattened(_ value: Activation) -> Activation {
    let shape = Shape(value.shape.count, 1, 1)
    if value.shape == shape { return Activation(source: value.source, shape: shape, isImage: false) }
    let source = add(ImportedLayer("flatten", of: [value.source], shape: shape))
    return Activation(source: source, shape: shape, isImage: false)
  }

  // MARK: Tensors

  /// Says that the next numbers of the weights file are a tensor's.
  func store(
    _ layer: ImportedLayer.Source, _ tensor: Int, as form: Slot.Form = .stored, _ reader: SectionReader
  )
    throws(Refusal)
  {
    guard case .layer(let index) = layer else { preconditionFailure("the input has no tensors") }
    guard let count = CheckedInteger.product(layers[index].tensors[tensor].dimensions).value else {
      throw reader.damaged("its weights are past 64 bits")
    }
    slots.append(
      Slot(layer: index, tensor: tensor, count: count, form: form, section: reader.section.range))
  }

  func set(_ values: FloatSource, _ layer: Int, _ tensor: Int) {
    layers[layer].tensors[tensor].values = values
  }

  /// Adds (x - mean) / (sqrt(variance) + 1e-6) * scale + bias, a number a channel each.
  ///
  /// A spec's is (x - mean) / sqrt(variance + eps): with eps = 1e-12 and variance + 2e-6 sqrt(variance) for the variance
  /// it is the same.
  func addBatchNorm(_ value: Activation) -> Activation {
    var result = value
    result.source = add(
      .batchNorm(value.source, value.shape, epsilon: 1e-12, keeping: 0.99, [nil, nil, nil, nil]))
    return result
  }
}
