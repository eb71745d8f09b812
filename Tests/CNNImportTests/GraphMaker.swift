import CNNGraph
import CNNImport
import CNNSpec

/// A graph as tests write one: a value is what a method returns, and every tensor is filled with a number of its own.
struct GraphMaker {
  typealias Source = ImportedLayer.Source

  let input: Shape
  private(set) var layers: [ImportedLayer] = []
  private var tensors = 0

  init(_ channels: Int, _ size: Int) { input = Shape(channels, size, size) }

  /// Mutating, so that the outputs are made before it is read.
  mutating func graph(_ outputs: Source...) -> ImportedGraph {
    ImportedGraph(input: input, layers: layers, outputs: outputs)
  }

  func shape(_ source: Source) -> Shape {
    if case .layer(let index) = source { layers[index].shape } else { input }
  }

  mutating func tensor(_ suffix: String, _ dimensions: [Int]) -> ImportedLayer.Tensor {
    tensors += 1
    return .init(suffix, dimensions, .splat(Float(tensors), count: dimensions.reduce(1, *)))
  }

  mutating func add(_ layer: ImportedLayer, named name: String? = nil, hint: Hint? = nil) -> Source {
    var layer = layer
    layer.hints = [name.map { Hint($0, .tensor) }, hint].compactMap(\.self)
    layers.append(layer)
    return .layer(layers.count - 1)
  }

  private static func arguments(_ positional: [String], _ named: KeyValuePairs<String, Int>) -> [ImportedLayer
    .Argument]
  {
    positional.map { .init(nil, $0) }
      + named.compactMap { name, value in
        value == (name == "pad" ? 0 : 1) ? nil : .init(name, "\(value)")
      }
  }

  mutating func conv(
    _ source: Source, _ filters: Int, _ kernel: Int = 3, stride: Int = 1, pad: Int? = nil,
    named name: String? = nil, hint: Hint? = nil
  ) -> Source {
    let (from, pad) = (shape(source), pad ?? kernel / 2)
    let side = (from.height + 2 * pad - kernel) / stride + 1
    var layer = ImportedLayer(
      "conv", Self.arguments(["\(filters)", "\(kernel)x\(kernel)"], ["stride": stride, "pad": pad]),
      of: [source],
      tensors: [
        tensor("weight", [filters, from.channels, kernel, kernel]), tensor("bias", [filters]),
      ], shape: Shape(filters, side, side))
    layer.isRounded = (from.height + 2 * pad - kernel) % stride != 0
    return add(layer, named: name, hint: hint)
  }

  mutating func depthwise(_ source: Source, stride: Int = 1, named name: String? = nil) -> Source {
    let from = shape(source)
    let side = (from.height - 1) / stride + 1
    var layer = ImportedLayer(
      "depthwise", Self.arguments(["3x3"], ["stride": stride, "pad": 1]), of: [source],
      tensors: [tensor("weight", [from.channels, 1, 3, 3]), tensor("bias", [from.channels])],
      shape: Shape(from.channels, side, side))
    layer.isRounded = (from.height - 1) % stride != 0
    return add(layer, named: name)
  }

  mutating func pool(_ source: Source, _ kernel: Int = 2, stride: Int = 2, pad: Int = 0) -> Source {
    let from = shape(source)
    let side = (from.height + 2 * pad - kernel) / stride + 1
    var arguments = Self.arguments(["\(kernel)x\(kernel)"], ["pad": pad])
    if stride != kernel { arguments.insert(.init("stride", "\(stride)"), at: 1) }
    var layer = ImportedLayer(
      "maxpool", arguments, of: [source], shape: Shape(from.channels, side, side))
    layer.isRounded = (from.height + 2 * pad - kernel) % stride != 0
    return add(layer)
  }

  mutating func bn(_ source: Source, named name: String? = nil) -> Source {
    let channels = shape(source).channels
    let names = ["weight", "bias", "running_mean", "running_var"]
    return add(
      ImportedLayer(
        "bn", of: [source], tensors: names.map { tensor($0, [channels]) }, shape: shape(source)), named: name)
  }

  mutating func fc(_ source: Source, _ units: Int, named name: String? = nil) -> Source {
    let tensors = [tensor("weight", [units, shape(source).count]), tensor("bias", [units])]
    return add(
      ImportedLayer(
        "fc", [.init(nil, "\(units)")], of: [source], tensors: tensors, shape: Shape(units, 1, 1)),
      named: name)
  }

  /// relu, sigmoid, dropout, ...
  mutating func function(_ kind: String, _ source: Source) -> Source {
    add(ImportedLayer(kind, of: [source], shape: shape(source)))
  }

  mutating func relu(_ source: Source) -> Source { function("relu", source) }

  mutating func globalPool(_ source: Source) -> Source {
    add(ImportedLayer("globalavgpool", of: [source], shape: Shape(shape(source).channels, 1, 1)))
  }

  mutating func upsample(_ source: Source) -> Source {
    let from = shape(source)
    return add(
      ImportedLayer(
        "upsample", [.init(nil, "2")], of: [source],
        shape: Shape(from.channels, from.height * 2, from.width * 2)))
  }

  mutating func join(_ kind: String, _ sources: [Source]) -> Source {
    let shapes = sources.map(shape)
    let channels = kind == "concat" ? shapes.map(\.channels).reduce(0, +) : shapes[0].channels
    let largest = shapes.max { $0.height < $1.height } ?? shapes[0]
    return add(
      ImportedLayer(kind, of: sources, shape: Shape(channels, largest.height, largest.width)))
  }
}

extension ImportedGraph {
  /// The spec's lines, from `network` on.
  func lines() throws -> [String] {
    let network = try ImportedNetwork(self, path: "small.model", format: "a test")
    let lines = network.spec.split(separator: "\n").map(String.init)
    return Array(lines.drop { !$0.hasPrefix("network") })
  }
}
