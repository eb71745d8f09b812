import CNNGraph
import CNNImport
import CNNSpec

/// Sections that move elements.
enum ShapeSections {
  static let all: [([String], SectionRule)] = [
    (
      ["crop"],
      SectionRule(ignoring: ["flip", "angle", "saturation", "exposure", "shift"], crop)
    ),
    (["upsample"], SectionRule(upsample)), (["reorg"], SectionRule(reorg)),
  ]

  /// The middle of the image and, unless `noadjust`, 2x - 1 of it, which becomes a part of the preprocessing.
  static func crop(_ reader: SectionReader, _ network: NetworkBuilder) throws(Refusal) -> NetworkBuilder.Value
  {
    let size = Size2D(
      height: reader.integer("crop_height", default: 1), width: reader.integer("crop_width", default: 1))
    let isAdjusting = !reader.flag("noadjust")
    try reader.check()
    let input = try network.image(reader)
    guard size.height <= input.shape.height, size.width <= input.shape.width else {
      throw reader.damaged("it cuts \(size) out of \(input.shape.size)", help: "cut at most what is there")
    }
    if isAdjusting {
      guard reader.index == 0 else {
        throw reader.refuse("it computes 2x - 1 of what is no image", help: "with `noadjust=1` it only cuts")
      }
      network.isCentred = true
      reader.note("[crop] makes images -1 to 1, which is in the spec's `preprocess`")
    }
    if size == input.shape.size { return .known(input) }
    var writer = ArgumentWriter()
    writer.kernel(size)
    let shape = Shape(input.shape.channels, size.height, size.width)
    let made = network.add(ImportedLayer("crop", writer.arguments, of: [input.source], shape: shape))
    return .known(.init(source: made, shape: shape))
  }

  static func upsample(_ reader: SectionReader, _ network: NetworkBuilder) throws(Refusal)
    -> NetworkBuilder.Value
  {
    let factor = reader.integer("stride", default: 2, in: Int(Int32.min)...Int(Int32.max))
    reader.requireDefault("scale", "a spec repeats values as they are", neutral: 1)
    if factor < 1 {
      _ = reader.refuse("a stride of \(factor) adds up blocks of elements", at: reader.option("stride"))
    }
    try reader.check()
    let input = try network.image(reader)
    if factor == 1 { return .known(input) }
    let sides = (CheckedInteger(input.shape.height) * factor, CheckedInteger(input.shape.width) * factor)
    guard let shape = Shape.checked(input.shape.channels, sides.0.value, sides.1.value) else {
      throw reader.damaged("its output is past 64 bits")
    }
    let made = network.add(
      ImportedLayer("upsample", [.init(nil, "\(factor)")], of: [input.source], shape: shape))
    return .known(.init(source: made, shape: shape))
  }

  static func reorg(_ reader: SectionReader, _ network: NetworkBuilder) throws(Refusal)
    -> NetworkBuilder.Value
  {
    let stride = reader.integer("stride", default: 1)
    let extra = reader.integer("extra", default: 0, in: 0...Int(Int32.max))
    reader.requireDefault("reverse", "a spec cannot make one channel of several")
    reader.requireDefault("flatten", "a spec cannot put channels last")
    try reader.check()
    let input = try network.image(reader)
    if extra > 0 { return try append(extra, to: input, reader, network) }
    let shape = input.shape
    let area = stride * stride
    if stride == 1 { return .known(input) }
    guard stride <= 8 else { throw reader.refuse("a stride above 8", at: reader.option("stride")) }
    guard shape.channels % area == 0, shape.height % stride == 0, shape.width % stride == 0 else {
      throw reader.refuse(
        "a stride of \(stride) does not divide \(shape) into whole blocks", at: reader.option("stride"))
    }
    return .known(reorder(input, stride, network))
  }

  /// Zeros behind all elements.
  private static func append(
    _ count: Int, to input: NetworkBuilder.Activation, _ reader: SectionReader, _ network: NetworkBuilder
  ) throws(Refusal) -> NetworkBuilder.Value {
    let value = network.flattened(input)
    guard let shape = Shape.checked((CheckedInteger(value.shape.channels) + count).value, 1, 1) else {
      throw reader.damaged("its output is past 64 bits")
    }
    let made = network.add(.pad(value.source, channels: (0, count), shape: shape))
    return .known(.init(source: made, shape: shape, isImage: false))
  }

  /// Darknet's order: the elements are read as if they were C/SS x HS x WS. Of that, every S-th row and column from
  /// (0, 0) on are the first C/SS channels of the size H x W, those from (0, 1) on the next; and what that gives is read
  /// as CSS x H/S x W/S.
  private static func reorder(
    _ input: NetworkBuilder.Activation, _ stride: Int, _ network: NetworkBuilder
  ) -> NetworkBuilder.Activation {
    let shape = input.shape
    func reshaped(_ source: ImportedLayer.Source, _ shape: Shape) -> ImportedLayer.Source {
      network.add(ImportedLayer("reshape", [.init(nil, "\(shape)")], of: [source], shape: shape))
    }
    let block = Shape(shape.channels / (stride * stride), shape.height, shape.width)
    let wide = Shape(block.channels, shape.height * stride, shape.width * stride)
    let source = reshaped(input.source, wide)
    var parts: [ImportedLayer.Source] = []
    for row in 0..<stride {
      for column in 0..<stride { parts.append(part(source, wide, block, stride, row, column, network)) }
    }
    let joined = network.add(ImportedLayer("concat", of: parts, shape: shape))
    let result = Shape(shape.channels * stride * stride, shape.height / stride, shape.width / stride)
    return .init(source: reshaped(joined, result), shape: result)
  }

  /// Every S-th row and column from one on: a window of one element with the stride S over the image in zeros, so many
  /// that it meets the row and column, and as often before the image as behind it; those are cut off.
  private static func part(
    _ source: ImportedLayer.Source, _ wide: Shape, _ block: Shape, _ stride: Int, _ row: Int, _ column: Int,
    _ network: NetworkBuilder
  ) -> ImportedLayer.Source {
    let pads = Padding(top: stride - row, bottom: row + 1, left: stride - column, right: column + 1)
    let padded = Shape(
      wide.channels, wide.height + pads.vertical, wide.width + pads.horizontal)
    let sampled = Shape(wide.channels, block.height + 2, block.width + 2)
    let frame = network.add(.pad(source, pads, shape: padded))
    let samples = network.add(
      ImportedLayer(
        "maxpool", [.init(nil, "1x1"), .init("stride", "\(stride)")], of: [frame], shape: sampled))
    return network.add(
      ImportedLayer("crop", [.init(nil, "\(block.height)x\(block.width)")], of: [samples], shape: block))
  }
}
