/// The operators that only a training step has, beside its gradients: layers that compute otherwise than in
/// inference, losses, optimizers' updates. Closed, as ``Op`` is; apart, because no pass over an inference
/// graph meets them.
package enum TrainingOp: Hashable, Sendable {
  case batchNorm(BatchNormTraining)
  case convPool2d(ConvPool2DTraining)
  case runningStatistics(RunningStatistics)
  case dropout(DropoutTraining)
  case crossEntropy(CrossEntropyLoss)
  case meanSquaredError(MeanSquaredErrorLoss)
  case targetDistance(TargetDistanceLoss)
  case accumulate(AccumulateGradient)
  case squaredNorm(SquaredNorm)
  case clipFactor(ClipFactor)
  case scaleGradient(ScaleGradient)
  case sgd(SGDUpdate)
  case adam(AdamUpdate)

  /// The member as what every operator answers.
  package var implementation: any Operator {
    switch self {
    case .batchNorm(let op): op
    case .convPool2d(let op): op
    case .runningStatistics(let op): op
    case .dropout(let op): op
    case .crossEntropy(let op): op
    case .meanSquaredError(let op): op
    case .targetDistance(let op): op
    case .accumulate(let op): op
    case .squaredNorm(let op): op
    case .clipFactor(let op): op
    case .scaleGradient(let op): op
    case .sgd(let op): op
    case .adam(let op): op
    }
  }
}
