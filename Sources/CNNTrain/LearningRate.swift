import CNNSpec

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The learning rate of every step of a run: the optimizer's, as schedule and warm-up change it.
///
/// Steps count from 0 to `steps` - 1, `stepsPerEpoch` an epoch. With base rate r and t = step / steps:
///
///     constant    r
///     step        r factor^(number of whole `every` epochs that are past)
///     cosine      r (1 + cos(pi t)) / 2                          Loshchilov, Hutter, SGDR, arXiv:1608.03983
///     one cycle   up along half a cosine from peak/25 to peak over the share `warmup` of the steps, then
///                 down to peak/250000, as PyTorch's OneCycleLR       Smith, Topin, Super-convergence, arXiv:1708.07120
///
/// A linear warm-up of w epochs multiplies the rate by (step + 1) / (w stepsPerEpoch) until that is 1.
package struct LearningRate: Hashable, Sendable {
  package let base: Double
  package let schedule: TrainingRecipe.Schedule
  /// In epochs.
  package let warmup: Double
  package let steps: Int
  package let stepsPerEpoch: Int

  package init(_ recipe: TrainingRecipe, stepsPerEpoch: Int) {
    precondition(stepsPerEpoch > 0 && recipe.epochs > 0)
    base = recipe.optimizer.learningRate
    schedule = recipe.schedule
    warmup = recipe.warmup
    steps = recipe.epochs * stepsPerEpoch
    self.stepsPerEpoch = stepsPerEpoch
  }

  package func callAsFunction(step: Int) -> Double {
    precondition((0..<steps).contains(step))
    let rate =
      switch schedule {
      case .constant: base
      case .step(let every, let factor): base * pow(factor, Double(step / stepsPerEpoch / every))
      case .cosine: Self.descent(from: base, to: 0, at: Double(step) / Double(steps))
      case .oneCycle(let peak, let share): Self.oneCycle(peak, share, step: step, of: steps)
      }
    let rising = warmup * Double(stepsPerEpoch)
    return rising > 0 ? rate * min(1, Double(step + 1) / rising) : rate
  }

  private static func oneCycle(_ peak: Double, _ share: Double, step: Int, of steps: Int) -> Double {
    let (start, end) = (peak / 25, peak / 25 / 1e4)
    let (top, last) = (share * Double(steps) - 1, Double(steps - 1))
    let place = Double(step)
    if place <= top { return top > 0 ? descent(from: start, to: peak, at: place / top) : peak }
    return descent(
      from: peak, to: end, at: last > max(top, 0) ? (place - max(top, 0)) / (last - max(top, 0)) : 1)
  }

  /// Half a cosine from one rate to another.
  private static func descent(from: Double, to: Double, at share: Double) -> Double {
    to + (from - to) / 2 * (1 + cos(.pi * share))
  }
}

extension TrainingRecipe.Optimizer {
  /// The base rate.
  package var learningRate: Double {
    get {
      switch self {
      case .sgd(let rate, _, _, _): rate
      case .adam(let rate, _, _, _, _, _): rate
      }
    }
    set {
      switch self {
      case .sgd(_, let momentum, let nesterov, let decay):
        self = .sgd(learningRate: newValue, momentum: momentum, nesterov: nesterov, weightDecay: decay)
      case .adam(_, let beta1, let beta2, let epsilon, let decay, let isDecoupled):
        self = .adam(
          learningRate: newValue, beta1: beta1, beta2: beta2, epsilon: epsilon, weightDecay: decay,
          isDecoupled: isDecoupled)
      }
    }
  }
}
