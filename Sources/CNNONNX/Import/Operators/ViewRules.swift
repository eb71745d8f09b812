import CNNGraph
import CNNImport
import CNNSpec

/// Operators that leave all elements where they are and read them with other dimensions, and transpositions that are a
/// channel shuffle.
enum ViewRules {
  static let all = [
    OperatorRule("Reshape", ["allowzero"], limits: "a constant shape that keeps the batch", reshape),
    OperatorRule("Flatten", ["axis"], limits: "that keeps the batch", flatten),
    OperatorRule("Squeeze", ["axes"], squeeze),
    OperatorRule("Unsqueeze", ["axes"], unsqueeze),
    OperatorRule(
      "Transpose", ["perm"], limits: "of constants, or two neighbouring blocks of dimensions",
      transpose),
    OperatorRule("Identity") { node throws(Refusal) in node.setOutput(try node.input(0)) },
  ]

  /// Reads a value with other dimensions of as many elements.
  private static func read(_ node: NodeContext, _ value: ImportedValue, _ dimensions: [Int]) throws(Refusal) {
    switch value {
    case .constant(var constant):
      constant.dimensions = dimensions
      node.setOutput(.constant(constant))
    case .activation(let activation):
      guard dimensions.first == node.batch else {
        throw node.refuse(
          "it makes \(dimensions) of \(activation.dimensions), which mixes the images of a batch")
      }
      node.setOutput(activation.reading(dimensions))
    case .indices, .unknown: throw .dependent
    }
  }

  private static func dimensions(_ value: ImportedValue) -> [Int] {
    switch value {
    case .constant(let constant): constant.dimensions
    case .activation(let activation): activation.dimensions
    case .indices, .unknown: []
    }
  }

  static func reshape(_ node: NodeContext) throws(Refusal) {
    let value = try node.input(0)
    let old = dimensions(value)
    guard var new = try node.optionalIntegers(1) else { throw node.refuse("its shape is missing") }
    let keepsZeros = try node.integer("allowzero", default: 0) != 0
    for (index, side) in new.enumerated() where side == 0 && !keepsZeros {
      guard index < old.count else {
        throw node.refuse("its shape \(new) copies a dimension of \(old) that is not there")
      }
      new[index] = old[index]
    }
    let known = CheckedInteger.product(new.filter { $0 != -1 }).value
    guard let count = CheckedInteger.product(old).value else { throw tooLarge(node, old) }
    if let place = new.firstIndex(of: -1), let known, known > 0 { new[place] = count / known }
    guard new.count <= 16, Constant.isSound(new), CheckedInteger.product(new).value == count else {
      throw node.refuse("its shape \(new) has not the \(count) elements of \(old), or too many dimensions")
    }
    try read(node, value, new)
  }

  static func flatten(_ node: NodeContext) throws(Refusal) {
    let value = try node.input(0)
    let old = dimensions(value)
    let given = try node.integer("axis", default: 1)
    // The rank is an axis here: everything becomes the first dimension.
    let axis = given < 0 ? given + old.count : given
    guard axis >= 0, axis <= old.count else { throw node.refuse("there is no axis \(given) of \(old.count)") }
    guard let outer = CheckedInteger.product(Array(old[..<axis])).value,
      let inner = CheckedInteger.product(Array(old[axis...])).value
    else { throw tooLarge(node, old) }
    try read(node, value, [outer, inner])
  }

  private static func tooLarge(_ node: NodeContext, _ dimensions: [Int]) -> Refusal {
    node.refuse("the elements of \(dimensions) are past 64 bits")
  }

  /// Attributes until opset 12, inputs since.
  private static func axes(_ node: NodeContext) throws(Refusal) -> [Int]? {
    try node.operatorSet < 13 ? node.integers("axes") : node.optionalIntegers(1)
  }

  static func squeeze(_ node: NodeContext) throws(Refusal) {
    let value = try node.input(0)
    let old = dimensions(value)
    var removed = Set<Int>()
    if let given = try axes(node) {
      for axis in given { removed.insert(try node.axis(axis, of: old.count)) }
    } else {
      removed = Set(old.indices.filter { old[$0] == 1 })
    }
    guard removed.allSatisfy({ old[$0] == 1 }) else {
      throw node.refuse("it removes a dimension of \(old) that is not 1")
    }
    try read(node, value, old.indices.filter { !removed.contains($0) }.map { old[$0] })
  }

  static func unsqueeze(_ node: NodeContext) throws(Refusal) {
    let value = try node.input(0)
    let old = dimensions(value)
    guard let given = try axes(node) else { throw node.refuse("`axes` is missing") }
    let rank = old.count + given.count
    var added = Set<Int>()
    for axis in given { added.insert(try node.axis(axis, of: rank)) }
    guard added.count == given.count, rank <= 16 else {
      throw node.refuse("its axes \(given) are too many, or there twice")
    }
    var rest = old[...]
    try read(node, value, (0..<rank).map { added.contains($0) ? 1 : rest.removeFirst() })
  }

  static func transpose(_ node: NodeContext) throws(Refusal) {
    let value = try node.input(0)
    let old = dimensions(value)
    let order = try node.integers("perm") ?? Array(old.indices.reversed())
    guard order.sorted() == Array(old.indices) else {
      throw node.refuse("`perm` \(order) is no order of \(old.count) dimensions")
    }
    let new = order.map { old[$0] }
    // Dimensions of 1 may go anywhere.
    let moved = order.filter { old[$0] != 1 }
    if moved == moved.sorted() { return try read(node, value, new) }
    switch value {
    case .constant(var constant):
      guard let floats = constant.floats else {
        throw node.refuse("a constant of integers cannot be transposed")
      }
      constant.dimensions = new
      constant.elements = .floats(
        old.count == 2
          ? .transposed(floats, rows: old[0], columns: old[1])
          : .permuted(floats, dimensions: old, order: order))
      node.setOutput(.constant(constant))
    case .activation(let x): try shuffle(node, x, moved, new)
    case .indices, .unknown: throw .dependent
    }
  }

  /// Two neighbouring blocks of dimensions change places, [N, A.., B.., rest] to [N, B.., A.., rest]: the channels of an
  /// image of A*B channels as a matrix of A rows, transposed.
  private static func shuffle(
    _ node: NodeContext, _ x: Activation, _ moved: [Int], _ new: [Int]
  ) throws(Refusal) {
    let sorted = moved.sorted()
    let start = zip(moved, sorted).prefix { $0 == $1 }.count
    let turned = moved[start...]
    // What comes first now was behind A.
    guard let cut = sorted[start...].firstIndex(of: turned[start]) else {
      preconditionFailure("a permutation")
    }
    let first = sorted[start..<cut]
    guard let end = moved[start...].firstIndex(of: first[start]).map({ $0 + first.count }),
      end <= moved.count,
      Array(moved[start..<end]) == Array(sorted[cut..<end] + first),
      Array(moved[end...]) == Array(sorted[end...]), start == (node.batch == 1 ? 0 : 1)
    else { throw node.refuse("this transposition of \(x.dimensions) is not supported") }
    guard new.first == node.batch else {
      throw node.refuse("it makes \(new), which mixes the images of a batch")
    }
    let rows = first.reduce(1) { $0 * x.dimensions[$1] }
    let columns = sorted[cut..<end].reduce(1) { $0 * x.dimensions[$1] }
    let channels = rows * columns
    var shape = x.base
    if shape.channels != channels { shape = Shape(channels, 1, x.base.count / channels) }
    let source = node.builder.reshape(x, to: shape)
    let made = node.add(
      ImportedLayer("channel_shuffle", [.init(nil, "\(rows)")], of: [source], shape: shape))
    node.setOutput(Activation(made, shape, new))
  }
}
