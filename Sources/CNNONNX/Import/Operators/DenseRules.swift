import CNNGraph
import CNNImport
import CNNSpec

/// Products with a constant matrix.
enum DenseRules {
  static let all = [
    OperatorRule(
      "Gemm", ["alpha", "beta", "broadcast", "transA", "transB"], limits: "a constant matrix and bias", gemm),
    OperatorRule("MatMul", limits: "a constant matrix of two dimensions", matMul),
  ]

  /// y = alpha * x * B + beta * C; B is transposed where `transB` is set, which is how a spec has it.
  static func gemm(_ node: NodeContext) throws(Refusal) {
    guard try node.integer("transA", default: 0) == 0 else { throw node.refuse("`transA` is not supported") }
    let isTransposed = try node.integer("transB", default: 0) != 0
    let alpha = try node.float("alpha", default: 1)
    let beta = try node.float("beta", default: 1)
    let (dimensions, values) = try matrix(node)
    let weights = isTransposed ? values : .transposed(values, rows: dimensions[0], columns: dimensions[1])
    let (inputs, units) = isTransposed ? (dimensions[1], dimensions[0]) : (dimensions[0], dimensions[1])
    var bias: FloatSource?
    if let constant = try node.optionalConstant(2) {
      let sides = [Int](repeating: 1, count: max(0, 2 - constant.dimensions.count)) + constant.dimensions
      guard sides.count == 2, sides[0] == 1, [1, units].contains(sides[1]), let floats = constant.floats
      else {
        throw node.refuse("its bias is \(constant.dimensions), expected [\(units)]")
      }
      bias =
        constant.count == units ? floats : .values(try node.repeated(floats.values()[0], channels: units))
    }
    func scaled(_ source: FloatSource, by factor: Float) -> FloatSource {
      factor == 1 ? source : .scaled(source, by: factor)
    }
    try add(
      node, inputs: inputs, units: units, scaled(weights, by: alpha),
      bias: beta == 0 ? nil : bias.map { scaled($0, by: beta) })
  }

  static func matMul(_ node: NodeContext) throws(Refusal) {
    let (dimensions, values) = try matrix(node)
    try add(
      node, inputs: dimensions[0], units: dimensions[1],
      .transposed(values, rows: dimensions[0], columns: dimensions[1]), bias: nil)
  }

  private static func matrix(_ node: NodeContext) throws(Refusal) -> (dimensions: [Int], values: FloatSource)
  {
    let matrix = try node.floatConstant(1)
    guard matrix.dimensions.count == 2, matrix.dimensions.allSatisfy({ $0 > 0 }) else {
      throw node.refuse("its matrix is \(matrix.dimensions), expected two dimensions")
    }
    return matrix
  }

  /// The squared distances to the rows of a matrix: what an image is, as a row, minus the matrix.
  /// Inputs: x, the row's shape, the centres.
  static func rbf(_ node: NodeContext) throws(Refusal) {
    let x = try node.activation(0)
    guard let row = try node.optionalIntegers(1), row == [0, 1, -1] || row == [0, 1, x.base.count] else {
      throw node.refuse("a sum of squares is supported only as the distances of an image to some centres")
    }
    let (dimensions, values) = try node.floatConstant(2)
    guard dimensions.count == 2, dimensions[0] > 0, dimensions[1] == x.base.count else {
      throw node.refuse("its centres are \(dimensions), expected units x \(x.base.count)")
    }
    let shape = Shape(dimensions[0], 1, 1)
    let made = node.add(
      ImportedLayer(
        "rbf", [.init(nil, "\(dimensions[0])")], of: [x.source],
        tensors: [.init("centers", dimensions, values)], shape: shape), namedAfter: 2)
    node.setOutput(Activation(made, shape, [x.dimensions[0], dimensions[0]]))
  }

  /// A fully connected layer flattens what it is given, so that no `flatten` is needed in front of it.
  private static func add(
    _ node: NodeContext, inputs: Int, units: Int, _ weights: FloatSource, bias: FloatSource?
  ) throws(Refusal) {
    let x = try node.activation(0)
    guard x.dimensions == [x.dimensions[0], inputs] else {
      throw node.refuse("its input is \(x.dimensions), expected batch x \(inputs)")
    }
    var tensors = [ImportedLayer.Tensor("weight", [units, inputs], weights)]
    if let bias { tensors.append(.init("bias", [units], bias)) }
    let made = node.add(.fc(x.source, tensors: tensors), namedAfter: 1)
    node.setOutput(Activation(made, Shape(units, 1, 1), [x.dimensions[0], units]))
  }
}
