/// The operators of the backward half. Closed, as ``Op`` is; apart, because nothing in front of the
/// differentiation knows them.
package enum GradientOp: Hashable, Sendable {
  case activation(ActivationGradient)
  case conv2dInput(Conv2DInputGradient)
  case conv2dWeight(Conv2DWeightGradient)
  case convPool2dInput(ConvPool2DInputGradient)
  case convPool2dWeight(ConvPool2DWeightGradient)
  case denseInput(DenseInputGradient)
  case denseWeight(DenseWeightGradient)
  case pool2d(Pool2DGradient)
  case unpool2d(Unpool2DGradient)
  case batchNorm(BatchNormGradient)
  case channelReduction(ChannelReduction)
  case channelScale(ChannelScale)
  case channelSlice(ChannelSlice)
  case localResponseNorm(LocalResponseNormGradient)
  case prelu(PReLUGradient)
  case radialBasis(RadialBasisGradient)
  case softmax(SoftmaxGradient)
  case transposeFilters(TransposeFilters)
  case upsample2d(Upsample2DGradient)

  /// The member as what every operator answers.
  package var implementation: any Operator {
    switch self {
    case .activation(let op): op
    case .conv2dInput(let op): op
    case .conv2dWeight(let op): op
    case .convPool2dInput(let op): op
    case .convPool2dWeight(let op): op
    case .denseInput(let op): op
    case .denseWeight(let op): op
    case .pool2d(let op): op
    case .unpool2d(let op): op
    case .batchNorm(let op): op
    case .channelReduction(let op): op
    case .channelScale(let op): op
    case .channelSlice(let op): op
    case .localResponseNorm(let op): op
    case .prelu(let op): op
    case .radialBasis(let op): op
    case .softmax(let op): op
    case .transposeFilters(let op): op
    case .upsample2d(let op): op
    }
  }
}
