import CNNGraph
import CNNImport

/// Sections that read layers before the last one.
enum JoinSections {
  static let all: [([String], SectionRule)] = [
    (["route"], SectionRule(route)),
    (["shortcut"], SectionRule(shortcut)),
  ]

  /// Values behind each other; one alone is read again.
  static func route(_ reader: SectionReader, _ network: NetworkBuilder) throws(Refusal)
    -> NetworkBuilder.Value
  {
    let indices = reader.layers("layers")
    try reader.check()
    var values: [NetworkBuilder.Activation] = []
    for index in indices { values.append(try network.value(index, reader)) }
    guard let first = values.first else { throw reader.damaged("`layers` lists none") }
    if values.count == 1 { return .known(first) }
    var channels: CheckedInteger = 0
    for value in values {
      guard value.shape.size == first.shape.size else {
        throw reader.refuse(
          "it joins values of \(first.shape) and \(value.shape), a spec only those of one height and width",
          at: reader.option("layers"))
      }
      channels += CheckedInteger(value.shape.channels)
    }
    guard let shape = Shape.checked(channels.value, first.shape.height, first.shape.width) else {
      throw reader.damaged("its output is past 64 bits")
    }
    let made = network.add(ImportedLayer("concat", of: values.map(\.source), shape: shape))
    return .known(.init(source: made, shape: shape, isImage: values.allSatisfy(\.isImage)))
  }

  /// The sum of the last value and an earlier one.
  static func shortcut(_ reader: SectionReader, _ network: NetworkBuilder) throws(Refusal)
    -> NetworkBuilder.Value
  {
    let from = reader.layers("from")
    let function = Activations.read(reader, default: "linear")
    for name in ["alpha", "beta"] {
      reader.requireDefault(name, "a spec adds values as they are", neutral: 1)
    }
    try reader.check()
    guard from.count == 1 else {
      throw reader.refuse("it adds more than one other layer", at: reader.option("from"))
    }
    let value = try network.image(reader)
    let other = try fitted(try network.value(from[0], reader), to: value.shape, reader, network)
    let made = network.add(ImportedLayer("add", of: [value.source, other], shape: value.shape))
    return .known(Activations.add(function, .init(source: made, shape: value.shape), network))
  }

  /// What a shortcut adds, in the shape of what it is added to: of a larger image every S-th row and column from the
  /// first on, S being how often the one size goes into the other, and zeros for channels that it does not have.
  private static func fitted(
    _ value: NetworkBuilder.Activation, to shape: Shape, _ reader: SectionReader, _ network: NetworkBuilder
  ) throws(Refusal) -> ImportedLayer.Source {
    let (stride, extra) = (value.shape.height / shape.height, shape.channels - value.shape.channels)
    guard stride > 0, stride == value.shape.width / shape.width, extra >= 0,
      (value.shape.height - 1) / stride + 1 == shape.height,
      (value.shape.width - 1) / stride + 1 == shape.width
    else {
      throw reader.refuse(
        "it adds a part of \(value.shape) to a part of \(shape), a spec only values of one shape",
        at: reader.option("from"))
    }
    var (source, size) = (value.source, value.shape)
    if stride > 1 {
      size = Shape(size.channels, shape.height, shape.width)
      var layer = ImportedLayer(
        "maxpool", [.init(nil, "1x1"), .init("stride", "\(stride)")], of: [source], shape: size)
      layer.isRounded = (value.shape.height - 1) % stride != 0 || (value.shape.width - 1) % stride != 0
      source = network.add(layer)
    }
    if extra > 0 {
      source = network.add(.pad(source, channels: (0, extra), shape: shape))
    }
    return source
  }
}
