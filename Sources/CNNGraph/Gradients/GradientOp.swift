/// The operators of the backward half. Closed, as ``Op`` is; apart, because nothing in front of the
/// differentiation knows them.
package enum GradientOp: Hashable, Sendable {
  case activation(ActivationGradient)
  case conv2dInput(Conv2DInputGradient)
  case conv2dWeight(Conv2DWeightGradient)
  case channelSum(ChannelSum)
  case denseInput(DenseInputGradient)
  case denseWeight(DenseWeightGradient)
  case pool2d(Pool2DGradient)
  case unpool2d(Unpool2DGradient)

  /// The member as what every operator answers.
  package var implementation: any Operator {
    switch self {
    case .activation(let op): op
    case .conv2dInput(let op): op
    case .conv2dWeight(let op): op
    case .channelSum(let op): op
    case .denseInput(let op): op
    case .denseWeight(let op): op
    case .pool2d(let op): op
    case .unpool2d(let op): op
    }
  }
}
