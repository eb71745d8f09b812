import CNNGraph
import CNNImport
import CNNSpec

/// Pools of two spatial dimensions, and those over the whole image.
enum PoolRules {
  static let all = [
    OperatorRule(
      "MaxPool", WindowReading.attributes.union(["ceil_mode", "storage_order"]),
      limits: "one or two spatial dimensions; indices for `MaxUnpool` only", outputs: 2
    ) { node throws(Refusal) in
      try pool(node, .max)
    },
    OperatorRule(
      "MaxUnpool", ["kernel_shape", "pads", "strides"],
      limits: "of a `MaxPool`'s indices, to its input's size",
      unpool),
    OperatorRule(
      "AveragePool", WindowReading.attributes.union(["ceil_mode", "count_include_pad"]),
      limits: "one or two spatial dimensions"
    ) { node throws(Refusal) in
      try pool(
        node, .average(countsPadding: try node.integer("count_include_pad", default: 0) != 0))
    },
    OperatorRule("GlobalAveragePool") { node throws(Refusal) in try globalPool(node, "globalavgpool") },
    OperatorRule("GlobalMaxPool") { node throws(Refusal) in try globalPool(node, "globalmaxpool") },
    OperatorRule(
      "ReduceMean", ["axes", "keepdims", "noop_with_empty_axes"],
      limits: "over neighbouring dimensions of an image", reduceMean),
  ]

  private static func pool(_ node: NodeContext, _ pool: ImportedLayer.Pool) throws(Refusal) {
    let x = try node.activation(0)
    let (source, shape) = try node.image(x)
    let window = try WindowReading.window(node, input: shape.size, isLine: x.dimensions.count == 3)
    let isUnpooled = pool == .max && node.isOutputUsed(1)
    if isUnpooled, try node.integer("storage_order", default: 0) != 0 {
      throw node.refuse("indices in the order of columns are not supported")
    }
    // What PyTorch makes of an adaptive pool whose input has its output's size.
    if !isUnpooled, window.kernel == Size2D(1), window.stride == Size2D(1), window.padding == .none {
      return node.setOutput(x)
    }
    let isCeiling = try node.integer("ceil_mode", default: 0) != 0
    let positions = try node.positions(of: window, over: shape.size, roundingUp: isCeiling)
    if window.seesOnlyPadding(over: shape.size, positions: positions.size) {
      throw node.refuse("a window of it sees nothing but padding")
    }
    guard let output = Shape.checked(shape.channels, positions.size.height, positions.size.width) else {
      throw node.refuse("its output is past 64 bits")
    }
    let made = node.add(
      .pool(
        source, shape, pool, window, shape: output, isExact: positions.isExact, isCeiling: isCeiling,
        mayBeGlobal: !isUnpooled))
    node.setOutput(Activation(made, output, node.dimensions(of: output, like: x)))
    if isUnpooled { node.setOutput(1, .indices(PooledImage(pool: made, input: shape, output: output))) }
  }

  /// What an unpooling does with a pool's indices depends on the size alone: they say where elements go.
  static func unpool(_ node: NodeContext) throws(Refusal) {
    let x = try node.activation(0)
    let pooled = try node.indices(1)
    let (source, shape) = try node.image(x)
    guard shape == pooled.output else {
      throw node.refuse("its input is \(shape), its MaxPool makes \(pooled.output)")
    }
    let input = pooled.input
    let fits: Bool
    if let given = try node.optionalIntegers(2) {
      fits = given == node.dimensions(of: input, like: x)
    } else {
      let window = try WindowReading.window(node, input: shape.size, isLine: x.dimensions.count == 3)
      fits = window.transposedSize(of: shape.size) == input.size
    }
    guard fits else {
      throw node.refuse("its output has not the size of its MaxPool's input, \(input)")
    }
    var layer = ImportedLayer("unpool", of: [source], shape: input)
    layer.reference = pooled.pool
    node.setOutput(Activation(node.add(layer), input, node.dimensions(of: input, like: x)))
  }

  // MARK: LeNet's subsampling

  /// Whether the pool's windows lie side by side and the mean becomes a sum.
  static func isSubsample(_ match: CompoundMatch) -> Bool {
    guard let kernel = match.integers("kernel_shape"), kernel.count == 2,
      kernel.allSatisfy({ $0 > 0 && $0 < 1 << 20 }), let area = match.number(1)
    else { return false }
    return area == Float(kernel[0]) * Float(kernel[1]) && match.integers("strides") == kernel
      && match.integers("pads") ?? [0, 0, 0, 0] == [0, 0, 0, 0] && match.integer("ceil_mode") ?? 0 == 0
      && match.integers("dilations") ?? [1, 1] == [1, 1]
      && match.attributes.allSatisfy { $0.name != "auto_pad" }
  }

  /// Inputs: x, the area, a weight and a bias a channel.
  static func subsample(_ node: NodeContext) throws(Refusal) {
    let x = try node.activation(0)
    let (source, shape) = try node.image(x)
    let window = try WindowReading.window(node, input: shape.size, isLine: x.dimensions.count == 3)
    let positions = try node.positions(of: window, over: shape.size)
    let output = Shape(shape.channels, positions.size.height, positions.size.width)
    let dimensions = node.dimensions(of: output, like: x)
    let like = Activation(source, output, dimensions)
    let (weight, bias) = (try node.channelVector(2, like: like), try node.channelVector(3, like: like))
    var writer = ArgumentWriter()
    writer.kernel(window.kernel)
    var layer = ImportedLayer(
      "subsample", writer.arguments, of: [source],
      tensors: [
        .init("weight", [shape.channels], .values(weight)), .init("bias", [shape.channels], .values(bias)),
      ], shape: output)
    layer.isRounded = !positions.isExact
    node.setOutput(Activation(node.add(layer, namedAfter: 2), output, dimensions))
  }

  private static func globalPool(_ node: NodeContext, _ kind: String) throws(Refusal) {
    let x = try node.activation(0)
    guard x.dimensions.count >= 3 else { throw node.refuse("its input has no height and width") }
    let (source, shape) = try node.channels(x)
    let made = node.add(ImportedLayer(kind, of: [source], shape: Shape(shape.channels, 1, 1)))
    let ones = [Int](repeating: 1, count: x.dimensions.count - 2)
    node.setOutput(
      Activation(made, Shape(shape.channels, 1, 1), [x.dimensions[0], shape.channels] + ones))
  }

  /// An attribute until opset 17, an input since.
  static func reduceMean(_ node: NodeContext) throws(Refusal) {
    let x = try node.activation(0)
    let rank = x.dimensions.count
    let isAttribute = node.operatorSet < 18
    let given = isAttribute ? try node.integers("axes") : try node.optionalIntegers(1)
    var axes: Set<Int> = []
    for axis in given ?? [] { axes.insert(try node.axis(axis, of: rank)) }
    guard let first = axes.min(), let last = axes.max(), first > 0, last - first == axes.count - 1 else {
      throw node.refuse("only the mean over neighbouring dimensions behind the batch is supported")
    }
    let keeps = try node.integer("keepdims", default: 1) != 0
    let kept = x.dimensions.indices.filter { keeps || !axes.contains($0) }
    let dimensions = kept.map { axes.contains($0) ? 1 : x.dimensions[$0] }
    if first == 2, last == rank - 1 {
      let (source, shape) = try node.channels(x)
      let output = Shape(shape.channels, 1, 1)
      let made = node.add(ImportedLayer("globalavgpool", of: [source], shape: output))
      return node.setOutput(Activation(made, output, dimensions))
    }
    // As the columns of an image, each of one mean.
    func count(_ range: Range<Int>) -> Int { x.dimensions[range].reduce(1, *) }
    let (rows, columns) = (count(first..<last + 1), count(last + 1..<rank))
    let image = Shape(count(1..<first), rows, columns)
    let source = node.builder.reshape(x, to: image)
    let output = Shape(image.channels, 1, columns)
    let made = node.add(
      ImportedLayer(
        "avgpool", [.init(nil, "\(rows)x1"), .init("stride", "1")], of: [source], shape: output))
    node.setOutput(Activation(made, output, dimensions))
  }
}
