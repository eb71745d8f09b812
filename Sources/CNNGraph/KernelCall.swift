/// A kernel of `CNNKernels`. The raw value is the C function's name without its prefix `cnn_`.
package enum Kernel: String, CaseIterable, Sendable {
  case activation
  case conv2d
  case conv2dRows = "conv2d_rows"
  case conv2dBlocks = "conv2d_blocks"
  case conv2dPlanar = "conv2d_planar"
  case conv2dDepthwise = "conv2d_depthwise"
  case conv2dPoolSmall = "conv2d_pool_small"
  case conv2dPoolInputGradient = "conv2d_pool_input_gradient"
  case conv2dPoolWeightGradient = "conv2d_pool_weight_gradient"
  case winogradInput = "winograd_input"
  case winogradOutput = "winograd_output"
  case packPanels = "pack_panels"
  case packWinograd = "pack_winograd"
  case deconv2d
  case pool2d
  case pool2dBlocks = "pool2d_blocks"
  case unpool2d
  case dense
  case rbf
  case lrn
  case lrnBlocks = "lrn_blocks"
  case softmax
  case prelu
  case batchNorm = "batch_norm"
  case channelAffine = "channel_affine"
  case channelAffineBlocks = "channel_affine_blocks"
  case blocksFromPlanar = "blocks_from_planar"
  case planarFromBlocks = "planar_from_blocks"
  case copyBlocks = "copy_blocks"
  case channelSumsBlocks = "channel_sums_blocks"
  case channelReductionBlocks = "channel_reduction_blocks"
  case batchNormStatisticsBlocks = "batch_norm_statistics_blocks"
  case batchNormApplyBlocks = "batch_norm_apply_blocks"
  case batchNormPassBlocks = "batch_norm_pass_blocks"
  case batchNormCoefficientsBlocks = "batch_norm_coefficients_blocks"
  case batchNormGradientBlocks = "batch_norm_gradient_blocks"
  case pool2dGradientBlocks = "pool2d_gradient_blocks"
  case conv2dInputGradientBlocks = "conv2d_input_gradient_blocks"
  case dropoutBlocks = "dropout_blocks"
  case lrnGradientBlocks = "lrn_gradient_blocks"
  case copy
  case fill
  case upsample2d
  case add
  case multiply
  case foldBatchNorm = "fold_batch_norm"
  case activationGradient = "activation_gradient"
  case conv2dTransposeWeights = "conv2d_transpose_weights"
  case transposeFilters = "transpose_filters"
  case conv2dInputGradient = "conv2d_input_gradient"
  case conv2dWeightGradient = "conv2d_weight_gradient"
  case conv2dWeightGradientBlocks = "conv2d_weight_gradient_blocks"
  case conv2dWeightGradientImage = "conv2d_weight_gradient_image"
  case conv2dWeightGradientDepthwise = "conv2d_weight_gradient_depthwise"
  case winogradGradientX = "winograd_gradient_x"
  case winogradGradientDy = "winograd_gradient_dy"
  case winogradGradientMultiply = "winograd_gradient_multiply"
  case winogradGradientFinish = "winograd_gradient_finish"
  case sumParts = "sum_parts"
  case denseInputGradient = "dense_input_gradient"
  case denseWeightGradient = "dense_weight_gradient"
  case pool2dGradient = "pool2d_gradient"
  case unpool2dGradient = "unpool2d_gradient"
  case preluGradient = "prelu_gradient"
  case channelReduction = "channel_reduction"
  case softmaxGradient = "softmax_gradient"
  case lrnGradient = "lrn_gradient"
  case rbfGradient = "rbf_gradient"
  case upsample2dGradient = "upsample2d_gradient"
  case batchNormStatistics = "batch_norm_statistics"
  case batchNormApply = "batch_norm_apply"
  case batchNormSums = "batch_norm_sums"
  case batchNormCoefficients = "batch_norm_coefficients"
  case batchNormGradient = "batch_norm_gradient"
  case runningStatistics = "running_statistics"
  case dropout
  case crossEntropy = "cross_entropy"
  case squaredError = "squared_error"
  case targetDistance = "target_distance"
  case clipFactor = "clip_factor"
  case sgdUpdate = "sgd_update"
  case adamMoments = "adam_moments"
  case adamUpdate = "adam_update"
}

/// Where an operand's first element lies.
package enum Location: Hashable, Sendable {
  /// Bytes from the start of the session's arena.
  case arena(offset: Int)
  /// The tensor with this index in the plan's list of parameters.
  case parameter(index: Int)
  /// Bytes from the start of the constants computed when weights are bound.
  case constant(offset: Int)
}

/// A tensor that a kernel reads or writes.
///
/// An image's C x H x W elements lie densely, row-major; the next image follows `imageStride`
/// elements later, more than C*H*W where the value is a slice of a concatenation's buffer.
package struct Operand: Hashable, Sendable {
  package var location: Location
  package var imageStride: Int

  package init(_ location: Location, imageStride: Int = 0) {
    self.location = location
    self.imageStride = imageStride
  }
}

extension Kernel {
  /// Parts of the scratch memory of kernels that need some for each image or plane: as many of those are
  /// computed at once. `CNN_SLOTS` in `CNNKernels`.
  package static let slots = 16
}

/// A scalar argument of a kernel.
package enum KernelArgument: Hashable, Sendable {
  case integer(Int)
  case real(Double)
}

/// One call of one kernel: all that the executor and the emitters see of an operator.
package struct KernelCall: Sendable, Hashable {
  package struct NamedArgument: Sendable, Hashable {
    package var name: String
    package var value: KernelArgument
  }

  /// Operands of a call at most: what an executor's record has room for.
  package static let operandLimit = 6

  package var kernel: Kernel
  /// What the kernel writes first, then what it reads; nil where an optional operand is left out.
  package var operands: [Operand?]
  /// In the order of the C structure's fields, which the runtime verifies.
  package var arguments: [NamedArgument]

  /// - Parameter arguments: in the order of the C structure's fields; what several kernels share is a list of
  ///   its own.
  package init(_ kernel: Kernel, _ operands: [Operand?], _ arguments: KernelArguments...) {
    precondition(operands.count <= Self.operandLimit, "\(kernel) has too many operands")
    self.kernel = kernel
    self.operands = operands
    self.arguments = arguments.flatMap(\.list)
  }
}

/// Scalar arguments by name, in order.
package struct KernelArguments: ExpressibleByDictionaryLiteral, Sendable {
  package let list: [KernelCall.NamedArgument]

  package init(dictionaryLiteral elements: (String, KernelArgument)...) {
    list = elements.map { KernelCall.NamedArgument(name: $0.0, value: $0.1) }
  }

  /// Some lists, one behind the other.
  init(_ lists: KernelArguments...) { self.init(joining: lists) }

  package init(joining lists: [KernelArguments]) { list = lists.flatMap(\.list) }
}

extension Window2D {
  /// What every kernel with a window is told of it.
  package var arguments: KernelArguments {
    [
      "kernel_height": .integer(kernel.height), "kernel_width": .integer(kernel.width),
      "stride_height": .integer(stride.height), "stride_width": .integer(stride.width),
      "dilation_height": .integer(dilation.height), "dilation_width": .integer(dilation.width),
      "pad_top": .integer(padding.top), "pad_left": .integer(padding.left),
    ]
  }
}
