import CNNGraph
import CNNImport
import CNNSpec

/// Sums, differences, products and quotients, of a value and a constant or of two values.
enum ElementwiseRules {
  static let all = [
    OperatorRule("Add", broadcasting, limits: "one shape, or a constant") { node throws(Refusal) in
      try arithmetic(node, .add)
    },
    OperatorRule("Sub", broadcasting, limits: "one shape, or a constant") { node throws(Refusal) in
      try arithmetic(node, .subtract)
    },
    OperatorRule("Mul", broadcasting, limits: "one shape, a value a channel, or a constant") {
      node throws(Refusal) in
      try arithmetic(node, .multiply)
    },
    OperatorRule("Div", broadcasting, limits: "by a constant") { node throws(Refusal) in
      try arithmetic(node, .divide)
    },
    OperatorRule("Sum", limits: "of values of one shape") { node throws(Refusal) in
      var terms: [Activation] = []
      for index in node.node.inputs.indices { terms.append(try node.activation(index)) }
      try add(node, terms)
    },
  ]

  /// Of opset 6.
  private static let broadcasting: Set<String> = ["axis", "broadcast"]

  private enum Operation { case add, subtract, multiply, divide }

  private static func arithmetic(_ node: NodeContext, _ operation: Operation) throws(Refusal) {
    switch (try node.input(0), try node.input(1)) {
    case (.constant(let a), .constant(let b)): try fold(node, operation, a, b)
    case (.activation(let a), .activation(let b)): try join(node, operation, a, b)
    case (.activation(let x), .constant):
      let c = try node.factors(1, like: x)
      switch operation {
      case .add: try affine(node, x, 0, weight: nil, bias: c)
      case .subtract: try affine(node, x, 0, weight: nil, bias: c.map { -$0 })
      case .multiply: try affine(node, x, 0, weight: c, bias: nil)
      case .divide:
        let factors = c.map { 1 / $0 }
        guard factors.values.allSatisfy(\.isNormal) else {
          throw node.refuse("a division by numbers that are 0, infinite or tiny is not supported")
        }
        try affine(node, x, 0, weight: factors, bias: nil)
      }
    case (.constant, .activation(let x)):
      let c = try node.factors(0, like: x)
      switch operation {
      case .add: try affine(node, x, 1, weight: nil, bias: c)
      case .subtract: try affine(node, x, 1, weight: c.map { _ in -1 }, bias: c)
      case .multiply: try affine(node, x, 1, weight: c, bias: nil)
      case .divide: throw node.refuse("a constant divided by a value is not supported")
      }
    default: throw .dependent
    }
  }

  /// y = weight * x + bias, one of them left out: into the layer before it where nobody else reads that, otherwise a `scale`.
  /// - Parameter index: which input of the node x is.
  private static func affine(
    _ node: NodeContext, _ x: Activation, _ index: Int, weight: Factors?, bias: Factors?
  ) throws(Refusal) {
    let name = node.node.inputs[index]
    let isPerElement = (weight ?? bias)?.isPerElement ?? false
    if !isPerElement, let layer = node.builder.soleReader(of: x, named: name),
      node.builder.layers[layer].shape.channels == x.dimensions[1],
      node.builder.merge(layer, weight: weight?.values, bias: bias?.values)
    {
      node.builder.rename(layer, node.label)
      return node.setOutput(x)
    }
    let (source, shape) = isPerElement ? node.elements(x) : try node.channels(x)
    let ones = try node.repeated(1, channels: shape.channels)
    let zeros = try node.repeated(0, channels: shape.channels)
    let made = node.add(
      .scale(source, shape, weight: weight?.values ?? ones, bias: bias?.values ?? zeros),
      namedAfter: 1 - index)
    node.setOutput(Activation(made, shape, x.dimensions))
  }

  private static func join(
    _ node: NodeContext, _ operation: Operation, _ a: Activation, _ b: Activation
  ) throws(Refusal) {
    switch operation {
    case .add: try add(node, [a, b])
    case .subtract:
      guard a.dimensions == b.dimensions else { throw shapes(node, [a, b]) }
      let (source, shape) = try node.channels(b)
      let negative = node.builder.add(
        .scale(
          source, shape, weight: try node.repeated(-1, channels: shape.channels),
          bias: try node.repeated(0, channels: shape.channels)))
      try add(node, [a, Activation(negative, shape, b.dimensions)])
    case .multiply: try multiply(node, a, b)
    case .divide: throw node.refuse("a quotient of two values is not supported")
    }
  }

  private static func shapes(_ node: NodeContext, _ values: [Activation]) -> Refusal {
    node.refuse(
      "its inputs are \(values.map { "\($0.dimensions)" }.joined(separator: ", ")), expected one shape")
  }

  private static func add(_ node: NodeContext, _ terms: [Activation]) throws(Refusal) {
    guard let first = terms.first, terms.allSatisfy({ $0.dimensions == first.dimensions }) else {
      throw shapes(node, terms)
    }
    if terms.count == 1 { return node.setOutput(first) }
    let sources = terms.map { node.builder.reshape($0, to: first.base) }
    let made = node.add(ImportedLayer("add", of: sources, shape: first.base))
    node.setOutput(Activation(made, first.base, first.dimensions))
  }

  /// Of one shape, or one of them a number a channel.
  private static func multiply(_ node: NodeContext, _ a: Activation, _ b: Activation) throws(Refusal) {
    if a.dimensions == b.dimensions {
      let sources = [a.source, node.builder.reshape(b, to: a.base)]
      let made = node.add(ImportedLayer("multiply", of: sources, shape: a.base))
      return node.setOutput(Activation(made, a.base, a.dimensions))
    }
    let (large, small) = a.base.count >= b.base.count ? (a, b) : (b, a)
    let perChannel = [large.dimensions[0]] + large.dimensions.dropFirst().prefix(1)
    let ones = [Int](repeating: 1, count: max(0, large.dimensions.count - 2))
    guard large.dimensions.count > 2, small.dimensions == perChannel + ones else {
      throw shapes(node, [a, b])
    }
    let (source, shape) = try node.channels(large)
    let factor = node.builder.reshape(small, to: Shape(shape.channels, 1, 1))
    let sources = large == a ? [source, factor] : [factor, source]
    let made = node.add(ImportedLayer("multiply", of: sources, shape: shape))
    node.setOutput(Activation(made, shape, large.dimensions))
  }

  /// Of floats that are all there, of one shape, or one number and others.
  private static func foldFloats(
    _ node: NodeContext, _ operation: Operation, _ a: Constant, _ b: Constant
  ) throws(Refusal) {
    guard let p = a.floats, let q = b.floats, a.dimensions == b.dimensions || a.count == 1 || b.count == 1
    else {
      throw node.refuse("constants of \(a.dimensions) and \(b.dimensions) cannot be joined")
    }
    let isFirst = a.count != 1 || (b.count == 1 && a.dimensions.count >= b.dimensions.count)
    // Of what is computed the file has no bytes.
    try node.builder.countMade(isFirst ? a.dimensions : b.dimensions)
    let (x, y) = (p.values(), q.values())
    let values = (isFirst ? x : y).indices.map { index in
      let (m, n) = (x[x.count == 1 ? 0 : index], y[y.count == 1 ? 0 : index])
      return switch operation {
      case .add: m + n
      case .subtract: m - n
      case .multiply: m * n
      case .divide: m / n
      }
    }
    node.setOutput(.constant(Constant(isFirst ? a.dimensions : b.dimensions, floats: values)))
  }

  /// The arithmetic of shapes.
  private static func fold(
    _ node: NodeContext, _ operation: Operation, _ a: Constant, _ b: Constant
  ) throws(Refusal) {
    if a.floats != nil, b.floats != nil { return try foldFloats(node, operation, a, b) }
    guard let x = a.integers, let y = b.integers, a.dimensions == b.dimensions || x.count == 1 || y.count == 1
    else { throw node.refuse("arithmetic of constants is supported for numbers of one type and shape only") }
    let isFirst = x.count != 1 || (y.count == 1 && a.dimensions.count >= b.dimensions.count)
    try node.builder.countMade(isFirst ? a.dimensions : b.dimensions)
    var values: [Int] = []
    for index in (isFirst ? x : y).indices {
      let (p, q) = (CheckedInteger(x[x.count == 1 ? 0 : index]), CheckedInteger(y[y.count == 1 ? 0 : index]))
      let result: CheckedInteger =
        switch operation {
        case .add: p + q
        case .subtract: p - q
        case .multiply: p * q
        // Towards zero, as C does.
        case .divide:
          CheckedInteger(
            q.value == 0 || q.value == -1 ? nil : p.value.flatMap { n in q.value.map { n / $0 } })
        }
      guard let value = result.value else {
        throw node.refuse("its result is past 64 bits, or a division by 0 or -1")
      }
      values.append(value)
    }
    node.setOutput(.constant(Constant(isFirst ? a.dimensions : b.dimensions, .integers(values))))
  }
}

extension ImportedLayer {
  /// y = weight * x + bias, a number a channel each.
  static func scale(_ source: Source, _ shape: Shape, weight: [Float], bias: [Float]) -> ImportedLayer {
    .scale(source, shape, weight: .values(weight), bias: .values(bias))
  }
}

/// Numbers that images are multiplied by or that are added to them.
struct Factors {
  /// One for each channel, or for each element of an image.
  var values: [Float]
  var isPerElement: Bool

  func map(_ function: (Float) -> Float) -> Factors {
    Factors(values: values.map(function), isPerElement: isPerElement)
  }
}

extension NodeContext {
  /// A value as channels of one pixel each, so that each element is one.
  func elements(_ value: Activation) -> (source: ImportedLayer.Source, shape: Shape) {
    let shape = Shape(value.base.count, 1, 1)
    return (builder.reshape(value, to: shape), shape)
  }

  /// A constant that is broadcast to a value: a number a channel if it can be, otherwise one an element of the image.
  func factors(_ index: Int, like x: Activation) throws(Refusal) -> Factors {
    if let values = try? channelVector(index, like: x) { return Factors(values: values, isPerElement: false) }
    let (dimensions, source) = try floatConstant(index)
    let rank = x.dimensions.count
    let sides = [Int](repeating: 1, count: max(0, rank - dimensions.count)) + dimensions
    guard rank >= 2, sides.count == rank, sides[0] == 1, operatorSet > 6,
      zip(sides, x.dimensions).allSatisfy({ $0 == 1 || $0 == $1 })
    else {
      // What is wrong with it.
      return Factors(values: try channelVector(index, like: x), isPerElement: false)
    }
    // An input may claim any number of elements without a byte in the file.
    try builder.countMade([x.base.count])
    guard x.base.count <= 1 << 24 else {
      throw refuse("a constant for each of \(x.base.count) elements is too large")
    }
    var strides = [Int](repeating: 0, count: rank)
    var count = 1
    for axis in sides.indices.reversed() {
      strides[axis] = sides[axis] == 1 ? 0 : count
      count *= sides[axis]
    }
    let values = source.values()
    let places = x.dimensions.indices.dropFirst().reduce([0]) { places, axis in
      places.flatMap { place in (0..<x.dimensions[axis]).map { place + $0 * strides[axis] } }
    }
    return Factors(values: places.map { values[$0] }, isPerElement: true)
  }

  /// A constant that is broadcast to a value, as a number for each of its channels.
  ///
  /// Dimensions are aligned at their ends; all but the channels' must be 1, or all numbers the same.
  func channelVector(_ index: Int, like x: Activation) throws(Refusal) -> [Float] {
    var (dimensions, values) = try floatConstant(index)
    let rank = x.dimensions.count
    if operatorSet == 6, let axis = try integer("axis"), axis >= 0 {
      // The axis of the value with which the constant's first is aligned.
      dimensions += [Int](repeating: 1, count: max(0, rank - min(axis, rank) - dimensions.count))
    }
    guard rank >= 2, dimensions.count <= rank else {
      throw refuse("a constant of \(dimensions) is no number a channel of \(x.dimensions)")
    }
    let sides = [Int](repeating: 1, count: rank - dimensions.count) + dimensions
    let channels = x.dimensions[1]
    let fits = zip(sides, x.dimensions).allSatisfy { $0 == 1 || $0 == $1 }
    let isPerChannel = sides.enumerated().allSatisfy { $0.offset == 1 || $0.element == 1 }
    if fits, isPerChannel, sides[1] == channels {
      // Any number of nodes may read one constant.
      try builder.countMade([channels])
      return values.values()
    }
    guard fits, let single = values.single else {
      throw refuse("a constant of \(dimensions) is no number a channel of \(x.dimensions)")
    }
    return try repeated(single, channels: channels)
  }
}
