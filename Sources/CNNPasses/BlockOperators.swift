import CNNGraph

extension Op {
  /// Whether there are kernels for channel blocks too.
  var computesBlocks: Bool {
    switch self {
    case .activation, .pool2d, .localResponseNorm, .channelAffine, .add, .concat: true
    case .conv2d, .convPool2d, .deconv2d, .unpool2d, .dense, .radialBasis, .softmax, .prelu, .batchNorm,
      .dropout,
      .reshape, .identity, .pad2d, .crop2d, .upsample2d, .channelShuffle, .multiply, .foldBatchNorm,
      .changeLayout:
      false
    case .gradient(let op): op.computesBlocks
    case .training(.batchNorm), .training(.dropout): true
    case .training: false
    }
  }
}

extension GradientOp {
  /// Whether there are kernels for channel blocks too; those of convolutions are chosen apart.
  var computesBlocks: Bool {
    switch self {
    case .activation, .pool2d, .batchNorm, .channelReduction, .channelScale, .channelSlice,
      .localResponseNorm:
      true
    case .conv2dInput, .conv2dWeight, .convPool2dInput, .convPool2dWeight, .denseInput, .denseWeight,
      .unpool2d, .prelu, .radialBasis, .softmax,
      .transposeFilters, .upsample2d:
      false
    }
  }
}
