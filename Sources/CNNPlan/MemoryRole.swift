import CNNGraph

/// What a node's operator means for the memory of its output.
enum MemoryRole {
  /// The output is the input, byte for byte.
  case alias
  /// Each image of the output is its inputs' images behind one another.
  case joined
  /// The output is computed.
  case computed
}

extension Graph {
  func memoryRole(of node: Node) -> MemoryRole {
    let types = node.inputs.map { self[$0].type }
    switch node.op {
    case .reshape, .identity, .dropout: return .alias
    case .concat: return Concat.joins(types) ? .joined : .computed
    case .changeLayout(let op): return op.keepsElements(of: types) ? .alias : .computed
    case .activation, .conv2d, .convPool2d, .deconv2d, .pool2d, .unpool2d, .dense, .radialBasis,
      .localResponseNorm,
      .softmax, .prelu, .batchNorm, .channelAffine, .pad2d, .crop2d, .upsample2d, .channelShuffle, .add,
      .multiply, .foldBatchNorm, .gradient, .training:
      return .computed
    }
  }
}
