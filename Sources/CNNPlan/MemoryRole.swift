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

extension Op {
  var memoryRole: MemoryRole {
    switch self {
    case .reshape, .identity, .dropout: .alias
    case .concat: .joined
    case .activation, .conv2d, .deconv2d, .pool2d, .unpool2d, .dense, .radialBasis, .localResponseNorm,
      .softmax, .prelu, .batchNorm, .channelAffine, .pad2d, .crop2d, .upsample2d, .channelShuffle, .add,
      .multiply, .foldBatchNorm, .gradient, .training:
      .computed
    }
  }
}
