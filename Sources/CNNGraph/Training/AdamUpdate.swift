/// One step of Adam, or with decoupled weight decay of AdamW:
///
///     Adam    g = dw + weightDecay * w
///     AdamW   g = dw, and w is first multiplied by 1 - rate weightDecay
///     m' = beta1 m + (1 - beta1) g,   v' = beta2 v + (1 - beta2) g^2
///     w' = w - rate / (1 - beta1^t) * m' / (sqrt(v' / (1 - beta2^t)) + epsilon)
///
/// where rate is the step's times the layer's factor. Parameters: w, dw, m and v of any one type (m and v zero before the first step); and [2]: the learning
/// rate and the number t of this step, from 1 (as a float: exact up to 2^24, where both corrections have
/// long been 1). Outputs: w', m', v'; they may be written over w, m and v, element for element.
///
/// PyTorch's Adam and AdamW, without amsgrad. Kingma, Ba, arXiv:1412.6980; Loshchilov, Hutter,
/// arXiv:1711.05101.
package struct AdamUpdate: Operator {
  package var beta1: Double
  package var beta2: Double
  package var epsilon: Double
  package var weightDecay: Double
  package var isDecoupled: Bool
  package var rateFactor: Double

  package init(
    beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8, weightDecay: Double = 0,
    isDecoupled: Bool = false, rateFactor: Double = 1
  ) {
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.weightDecay = weightDecay
    self.isDecoupled = isDecoupled
    self.rateFactor = rateFactor
  }

  package static var name: String { "adam" }

  package func outputTypes(inputs: [TensorType], parameters: [TensorType]) -> [TensorType]? {
    guard inputs.isEmpty, parameters.count == 5, parameters[4] == .parameter([2]),
      parameters.dropLast().allSatisfy({ $0 == parameters[0] && !$0.isBatched })
    else { return nil }
    return [TensorType](repeating: parameters[0], count: 3)
  }

  /// The moments first, from the old weights; then the weights.
  package func lower(_ site: CallSite) -> [KernelCall] {
    let count = KernelArgument.integer(site.outputTypes[0].count)
    let (weight, gradient, mean, square) = (
      site.parameters[0], site.parameters[1], site.parameters[2], site.parameters[3]
    )
    return [
      KernelCall(
        .adamMoments, [site.outputs[1], site.outputs[2], mean, square, weight, gradient],
        [
          "count": count, "beta1": .real(beta1), "beta2": .real(beta2),
          "weight_decay": .real(isDecoupled ? 0 : weightDecay),
        ]),
      KernelCall(
        .adamUpdate, [site.outputs[0], weight, site.outputs[1], site.outputs[2], site.parameters[4]],
        [
          "count": count, "beta1": .real(beta1), "beta2": .real(beta2), "epsilon": .real(epsilon),
          "weight_decay": .real(isDecoupled ? weightDecay : 0), "rate_factor": .real(rateFactor),
        ]),
    ]
  }

  package func evaluateAll<Scalar: ReferenceScalar>(
    _ inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>]
  ) -> [Tensor<Scalar>] {
    var (weight, mean, square) = (parameters[0], parameters[2], parameters[3])
    let (rate, step) = (parameters[4].elements[0] * Scalar(rateFactor), parameters[4].elements[1])
    let (share1, share2) = (Scalar(1 - beta1), Scalar(1 - beta2))
    let correction1 = 1 - Scalar.pow(Scalar(beta1), step)
    let correction2 = 1 - Scalar.pow(Scalar(beta2), step)
    for index in weight.elements.indices {
      var (w, g) = (weight.elements[index], parameters[1].elements[index])
      if isDecoupled { w *= 1 - rate * Scalar(weightDecay) } else { g += Scalar(weightDecay) * w }
      let m = Scalar(beta1) * mean.elements[index] + share1 * g
      let v = Scalar(beta2) * square.elements[index] + share2 * g * g
      let deviation = (v / correction2).squareRoot() + Scalar(epsilon)
      weight.elements[index] = w - rate / correction1 * m / deviation
      mean.elements[index] = m
      square.elements[index] = v
    }
    return [weight, mean, square]
  }
}
