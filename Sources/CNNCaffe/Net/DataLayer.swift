import CNNImport
import CNNSpec

/// A layer that reads images for a test: what it says of their size, and of what becomes of them.
struct DataLayer {
  private let layer: LayerDefinition
  private let transform: FieldReader
  /// The message of the layer's own type, which had the transformation's fields once.
  private let own: FieldReader
  /// Channels, height and width.
  private(set) var dimensions: [Int] = []
  private(set) var notes: [String] = []

  private static let messages = [
    "Data": "data_param", "AnnotatedData": "data_param", "ImageData": "image_data_param",
    "MemoryData": "memory_data_param", "DummyData": "dummy_data_param", "WindowData": "window_data_param",
    "HDF5Data": "hdf5_data_param",
  ]

  init(
    _ layer: LayerDefinition, _ net: NetDefinition, _ model: CaffeModel?, at place: SourceRange
  ) throws(Refusal) {
    self.layer = layer
    transform = try layer.fields.reader("transform_param")
    own = try layer.fields.reader(Self.messages[layer.type] ?? "data_param")
    let bounds = 1...FieldReader.largest
    if layer.type == "MemoryData", let channels = try own.integer("channels", bounds),
      let height = try own.integer("height", bounds), let width = try own.integer("width", bounds)
    {
      dimensions = [channels, height, width]
    } else if layer.type == "DummyData", case let shapes = try own.readers("shape"), let first = shapes.first
    {
      dimensions = Array(try first.integers("dim", bounds).dropFirst())
    } else if let side = try number("crop_size"), side > 0 {
      dimensions = [try channels(net, model), side, side]
    } else if let height = try own.integer("new_height", 0...FieldReader.largest), height > 0,
      let width = try own.integer("new_width", bounds)
    {
      dimensions = [try channels(net, model), height, width]
    }
    guard !dimensions.isEmpty else {
      let top = layer.tops[0].name
      throw Refusal(
        .unsupportedModel, "\(layer.title) does not say the size of its images: there is no `crop_size`",
        at: place,
        help: [
          "give the network's deploy file",
          "or put this in its place: `layer { name: \"\(top)\" type: \"Input\" top: \"\(top)\" input_param { shape { dim: 1 dim: 3 dim: 224 dim: 224 } } }`",
        ])
    }
  }

  /// The message that has a field of the transformation: its own, or where older files had it.
  private func holder(of name: String) -> FieldReader { transform.has(name) ? transform : own }

  private func number(_ name: String) throws(Refusal) -> Int? {
    try holder(of: name).integer(name, 0...FieldReader.largest)
  }

  /// The channels, which a layer that reads a data base does not say: what the weights of the first convolution take, or
  /// what the transformation is about, or three.
  private mutating func channels(_ net: NetDefinition, _ model: CaffeModel?) throws(Refusal) -> Int {
    if try transform.flag("force_color") ?? false { return 3 }
    if try transform.flag("force_gray") ?? false { return 1 }
    if layer.type == "ImageData" { return try own.flag("is_color") ?? true ? 3 : 1 }
    if let first = net.layers.first(where: { $0.type == "Convolution" }),
      let weights = model?.blobs(of: first.name)?.first, weights.dimensions.count == 4
    {
      let groups = try first.fields.reader("convolution_param").integer("group", 1...FieldReader.largest) ?? 1
      let product = weights.dimensions[1].multipliedReportingOverflow(by: groups)
      if !product.overflow, 1...FieldReader.largest ~= product.partialValue { return product.partialValue }
    }
    let means = try transform.reals("mean_value").count
    if means > 1 { return means }
    notes.append("\(layer.title) does not say the channels of its images: taken as 3")
    return 3
  }

  /// How the layer makes an input of an image.
  mutating func preprocessing() throws(Refusal) -> Preprocessing {
    var result = Preprocessing.caffe(channels: dimensions[0])
    let scale = try holder(of: "scale").real("scale") ?? 1
    result.scale = Preprocessing.decimal(scale)
    let height = try own.integer("new_height", 0...FieldReader.largest) ?? 0
    let width = try own.integer("new_width", 0...FieldReader.largest) ?? 0
    if let crop = try number("crop_size"), crop > 0 {
      if height >= crop, width >= crop {
        result.resize = .exact(height: height, width: width)
        result.crop = Size2D(crop)
      } else {
        notes.append(
          "\(layer.title) cuts \(crop)x\(crop) out of the middle of its images, whose size it does not say: whole images are resized to it; add `resize` and `crop` for the middle only"
        )
      }
    }
    let means = try transform.reals("mean_value")
    guard means.isEmpty || means.count == 1 || means.count == dimensions[0] else {
      throw Refusal(
        .modelFile,
        "\(layer.title) has \(means.count) `mean_value`, its images have \(dimensions[0]) channels",
        at: transform.range("mean_value") ?? layer.range)
    }
    if let file = try holder(of: "mean_file").string("mean_file") {
      notes.append("the mean image `\(file)` is not read: add the `mean` of its channels")
    } else if !means.isEmpty {
      // Caffe subtracts the mean and then multiplies, a spec does it the other way round.
      result.mean = means.map { Preprocessing.decimal(SpecNumber.float($0) { $0 * result.scale }) }
    }
    return result
  }
}

extension Preprocessing {
  /// An image as Caffe's tools read it: blue first, 0 to 255.
  static func caffe(channels: Int) -> Preprocessing {
    var result = Preprocessing()
    if channels == 3 { result.color = .bgr }
    result.scale = 1
    return result
  }

  /// The number that somebody wrote, of which there is the nearest float.
  fileprivate static func decimal(_ written: Float) -> Double { Double("\(written)") ?? Double(written) }
}
