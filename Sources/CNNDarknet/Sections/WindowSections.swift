import CNNGraph
import CNNImport
import CNNSpec

/// Sections that slide a window.
enum WindowSections {
  static let all: [([String], SectionRule)] = [
    (["conv", "convolutional"], SectionRule(ignoring: ["dot"], convolutional)),
    (["deconv", "deconvolutional"], SectionRule(deconvolutional)),
    (["max", "maxpool"], SectionRule(maxpool)),
    (["avg", "avgpool"], SectionRule(avgpool)),
  ]

  /// What both kinds of convolution say.
  private struct Options {
    var filters: Int
    var size: Int
    var stride: Int
    var padding: Int
    var isNormalized: Bool
    var function: Activations.Function

    init(_ reader: SectionReader) {
      filters = reader.integer("filters", default: 1)
      size = reader.integer("size", default: 1)
      stride = reader.integer("stride", default: 1)
      let given = reader.integer("padding", default: 0, in: 0...Int(Int32.max))
      padding = reader.flag("pad") ? size / 2 : given
      isNormalized = reader.flag("batch_normalize")
      function = Activations.read(reader, default: "logistic")
    }

    var window: Window2D {
      Window2D(kernel: Size2D(size), stride: Size2D(stride), padding: Padding(padding))
    }

    /// The layer's tensors; biases are the batch norm's where there is one.
    func tensors(_ weights: [Int]) -> [ImportedLayer.Tensor] {
      [.init("weight", weights, nil)] + (isNormalized ? [] : [.init("bias", [filters], nil)])
    }
  }

  static func convolutional(_ reader: SectionReader, _ network: NetworkBuilder) throws(Refusal)
    -> NetworkBuilder.Value
  {
    let options = Options(reader)
    let groups = reader.integer("groups", default: 1)
    let isFlipped = reader.flag("flipped")
    for name in ["binary", "xnor"] { reader.requireDefault(name, "a spec has no weights of one bit") }
    try reader.check()
    let input = try network.image(reader)
    guard input.shape.channels % groups == 0, options.filters % groups == 0 else {
      throw reader.damaged(
        "\(groups) groups do not divide \(input.shape.channels) channels and \(options.filters) filters",
        at: reader.option("groups"), help: "take a divisor of both")
    }
    if isFlipped, groups > 1 { throw reader.refuse("`flipped` with groups") }
    if options.size == 1, options.stride > 1 || options.padding > 0 {
      reader.note(
        "Darknet without cuDNN reads the wrong elements for a 1x1 window with a stride or padding; imported as what it "
          + "should be")
    }
    let positions = try positions(options, over: input.shape.size, reader)
    guard let shape = Shape.checked(options.filters, positions.size.height, positions.size.width) else {
      throw reader.damaged("its output is past 64 bits")
    }
    let dimensions = [options.filters, input.shape.channels / groups, options.size, options.size]
    let layer = ImportedLayer.conv(
      input.source, input.shape, groups: groups, options.window, tensors: options.tensors(dimensions),
      shape: shape, isExact: positions.isExact)
    guard let row = CheckedInteger.product(Array(dimensions.dropFirst())).value else {
      throw reader.damaged("its weights are past 64 bits")
    }
    return try finish(
      layer, options, as: isFlipped ? .exchanged(rows: row, columns: options.filters) : .stored, reader,
      network)
  }

  private static func positions(
    _ options: Options, over size: Size2D, _ reader: SectionReader
  ) throws(Refusal) -> WindowPositions {
    do throws(WindowMisfit) {
      return try options.window.positions(over: size)
    } catch {
      switch error {
      case .overflow: throw reader.damaged("its window is past 64 bits")
      case .tooLarge(let extent, let side):
        throw reader.damaged(
          "a window of \(extent) does not fit into \(side) + 2*\(options.padding)", at: reader.option("size"),
          help: "`pad=1` adds half of the window on each side")
      }
    }
  }

  static func deconvolutional(_ reader: SectionReader, _ network: NetworkBuilder) throws(Refusal)
    -> NetworkBuilder.Value
  {
    let options = Options(reader)
    try reader.check()
    let input = try network.image(reader)
    let size = options.window.transposedSize(of: input.shape.size)
    guard let shape = Shape.checked(options.filters, size?.height, size?.width) else {
      throw reader.damaged("its output has no elements, or is past 64 bits")
    }
    let dimensions = [input.shape.channels, options.filters, options.size, options.size]
    let layer = ImportedLayer.deconv(
      input.source, groups: 1, options.window, tensors: options.tensors(dimensions), shape: shape)
    return try finish(layer, options, as: .stored, reader, network)
  }

  /// Adds a convolution with what follows it: in the file, biases or all of the batch norm come before the weights.
  private static func finish(
    _ layer: ImportedLayer, _ options: Options, as form: NetworkBuilder.Slot.Form, _ reader: SectionReader,
    _ network: NetworkBuilder
  ) throws(Refusal) -> NetworkBuilder.Value {
    let made = network.add(layer)
    var value = NetworkBuilder.Activation(source: made, shape: layer.shape)
    if options.isNormalized {
      value = network.addBatchNorm(value)
      try network.store(value.source, 1, reader)
      try network.storeStatistics(value.source, reader)
    } else {
      try network.store(made, 1, reader)
    }
    try network.store(made, 0, as: form, reader)
    return .known(Activations.add(options.function, value, network))
  }

  /// Darknet pads by `padding` in all, half of it (rounded down) before; left out, by one less than the window.
  static func maxpool(_ reader: SectionReader, _ network: NetworkBuilder) throws(Refusal)
    -> NetworkBuilder.Value
  {
    let stride = reader.integer("stride", default: 1)
    let size = reader.integer("size", default: stride)
    let padding = reader.integer("padding", default: size - 1, in: 0...Int(Int32.max))
    try reader.check()
    let input = try network.image(reader)
    /// How many windows there are, the padding before them, and what of the last one is behind the image: less than
    /// nothing where rows are left over.
    func side(_ length: Int) throws(Refusal) -> (count: Int, before: Int, after: Int) {
      guard length + padding >= size else {
        throw reader.damaged(
          "a window of \(size) does not fit into \(length) + \(padding)", at: reader.option("size"))
      }
      let count = (length + padding - size) / stride + 1
      let (before, start) = (padding / 2, (CheckedInteger(count - 1) * stride).value)
      guard let start, before < size, start - before < length else {
        throw reader.refuse("a window of it sees nothing but padding")
      }
      return (count, before, start - before + size - length)
    }
    let (rows, columns) = (try side(input.shape.height), try side(input.shape.width))
    let pads = Padding(
      top: rows.before, bottom: max(rows.after, 0), left: columns.before, right: max(columns.after, 0))
    if size == 1, stride == 1 { return .known(input) }
    let shape = Shape(input.shape.channels, rows.count, columns.count)
    guard shape.checkedCount.value != nil else { throw reader.damaged("its output is past 64 bits") }
    let window = Window2D(kernel: Size2D(size), stride: Size2D(stride), padding: pads)
    let made = network.add(
      .pool(
        input.source, input.shape, .max, window, shape: shape, isExact: rows.after >= 0 && columns.after >= 0,
        mayBeGlobal: false))
    return .known(.init(source: made, shape: shape))
  }

  /// The mean over the whole image.
  static func avgpool(_ reader: SectionReader, _ network: NetworkBuilder) throws(Refusal)
    -> NetworkBuilder.Value
  {
    let input = try network.image(reader)
    let shape = Shape(input.shape.channels, 1, 1)
    return .known(
      .init(
        source: network.add(ImportedLayer("globalavgpool", of: [input.source], shape: shape)), shape: shape))
  }
}
