/// What a node of the graph computes. Closed: a new member makes the compiler list what it still needs.
package enum Op: Hashable, Sendable {
  case activation(Activation)
  case conv2d(Conv2D)
  case convPool2d(ConvPool2D)
  case deconv2d(Deconv2D)
  case pool2d(Pool2D)
  case unpool2d(Unpool2D)
  case dense(Dense)
  case radialBasis(RadialBasis)
  case localResponseNorm(LocalResponseNorm)
  case softmax(Softmax)
  case prelu(PReLU)
  case batchNorm(BatchNorm)
  case channelAffine(ChannelAffine)
  case dropout(Dropout)
  case reshape(Reshape)
  case identity(Identity)
  case pad2d(Pad2D)
  case crop2d(Crop2D)
  case upsample2d(Upsample2D)
  case channelShuffle(ChannelShuffle)
  case add(Add)
  case multiply(Multiply)
  case concat(Concat)
  case foldBatchNorm(FoldBatchNorm)
  case changeLayout(ChangeLayout)
  /// A part of a training step's backward half.
  case gradient(GradientOp)
  /// Another part of a training step: what it computes forward otherwise than inference, losses, updates.
  case training(TrainingOp)

  /// The member as what every operator answers.
  package var implementation: any Operator {
    switch self {
    case .activation(let op): op
    case .conv2d(let op): op
    case .convPool2d(let op): op
    case .deconv2d(let op): op
    case .pool2d(let op): op
    case .unpool2d(let op): op
    case .dense(let op): op
    case .radialBasis(let op): op
    case .localResponseNorm(let op): op
    case .softmax(let op): op
    case .prelu(let op): op
    case .batchNorm(let op): op
    case .channelAffine(let op): op
    case .dropout(let op): op
    case .reshape(let op): op
    case .identity(let op): op
    case .pad2d(let op): op
    case .crop2d(let op): op
    case .upsample2d(let op): op
    case .channelShuffle(let op): op
    case .add(let op): op
    case .multiply(let op): op
    case .concat(let op): op
    case .foldBatchNorm(let op): op
    case .changeLayout(let op): op
    case .gradient(let op): op.implementation
    case .training(let op): op.implementation
    }
  }

  /// The word for it in dumps and plans.
  package var name: String { type(of: implementation).name }
}
