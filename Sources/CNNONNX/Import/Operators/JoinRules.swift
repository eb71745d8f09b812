import CNNGraph
import CNNImport
import CNNSpec

enum JoinRules {
  static let all = [
    OperatorRule("Concat", ["axis"], limits: "along the channels; of vectors of integers", concat)
  ]

  static func concat(_ node: NodeContext) throws(Refusal) {
    var activations: [Activation] = []
    var constants: [Constant] = []
    for index in node.node.inputs.indices {
      switch try node.input(index) {
      case .activation(let activation): activations.append(activation)
      case .constant(let constant): constants.append(constant)
      case .indices, .unknown: throw .dependent
      }
    }
    guard let axis = try node.integer("axis") else { throw node.refuse("`axis` is missing") }
    if activations.isEmpty { return try fold(node, constants, axis) }
    guard constants.isEmpty, let first = activations.first else {
      throw node.refuse("a constant among its inputs is not supported")
    }
    let rank = first.dimensions.count
    guard try node.axis(axis, of: rank) == 1 else {
      throw node.refuse("only channels (axis 1) can be joined")
    }
    var channels = 0
    for value in activations {
      guard value.dimensions.count == rank, value.dimensions.dropFirst(2) == first.dimensions.dropFirst(2),
        let sum = (CheckedInteger(channels) + value.dimensions[1]).value
      else {
        throw node.refuse(
          "its inputs \(activations.map(\.dimensions)) differ in other dimensions than the channels")
      }
      channels = sum
    }
    if activations.count == 1 { return node.setOutput(first) }
    var sources: [ImportedLayer.Source] = []
    guard let plane = NetworkBuilder.shape(of: first.dimensions) else {
      throw node.refuse("it has no elements")
    }
    for value in activations {
      sources.append(node.builder.reshape(value, to: Shape(value.dimensions[1], plane.height, plane.width)))
    }
    guard let shape = Shape.checked(channels, plane.height, plane.width) else {
      throw node.refuse("its output is past 64 bits")
    }
    let made = node.add(ImportedLayer("concat", of: sources, shape: shape))
    node.setOutput(Activation(made, shape, [first.dimensions[0], channels] + first.dimensions.dropFirst(2)))
  }

  /// The vectors of which shapes are put together.
  private static func fold(_ node: NodeContext, _ constants: [Constant], _ axis: Int) throws(Refusal) {
    var values: [Int] = []
    for constant in constants {
      guard constant.dimensions.count == 1, axis == 0 || axis == -1, let integers = constant.integers else {
        throw node.refuse("constants are joined only if they are vectors of integers")
      }
      guard values.count + integers.count <= Constant.mostIntegers else {
        throw node.refuse("it makes more than \(Constant.mostIntegers) integers")
      }
      values += integers
    }
    try node.builder.countMade([values.count])
    node.setOutput(.constant(Constant(integers: values)))
  }
}
