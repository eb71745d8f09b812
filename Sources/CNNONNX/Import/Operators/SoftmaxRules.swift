import CNNGraph
import CNNImport
import CNNSpec

enum SoftmaxRules {
  static let all = [
    OperatorRule("Softmax", ["axis"], limits: "over the channels") { node throws(Refusal) in
      try softmax(node, "softmax")
    },
    OperatorRule("LogSoftmax", ["axis"], limits: "over the channels") { node throws(Refusal) in
      try softmax(node, "log_softmax")
    },
  ]

  /// Until opset 12 over all dimensions from `axis` on together, since then over that one; a spec's is over channels.
  private static func softmax(_ node: NodeContext, _ kind: String) throws(Refusal) {
    let x = try node.activation(0)
    let isFlat = node.operatorSet < 13
    let axis = try node.axis(try node.integer("axis", default: isFlat ? 1 : -1), of: x.dimensions.count)
    guard axis > 0, x.dimensions[1..<axis].allSatisfy({ $0 == 1 }) else {
      throw node.refuse("a softmax over axis \(axis) of \(x.dimensions) is not supported")
    }
    let channels = isFlat ? x.base.count : x.dimensions[axis]
    let pixels = x.base.count / max(channels, 1)
    guard channels > 0, channels * pixels == x.base.count else {
      throw node.refuse("its input has no elements")
    }
    var (source, shape) = (x.source, x.base)
    if shape.channels != channels {
      shape = Shape(channels, 1, pixels)
      source = node.builder.reshape(x, to: shape)
    }
    let made = node.add(ImportedLayer(kind, of: [source], shape: shape))
    node.setOutput(Activation(made, shape, x.dimensions))
  }
}
