/// One step of stochastic gradient descent, with g = dw + weightDecay * w:
///
///     without momentum   w' = w - rate g
///     with it            v' = momentum v + g,   w' = w - rate v'
///     Nesterov's         v' = momentum v + g,   w' = w - rate (g + momentum v')
///
/// where rate is the step's times the layer's factor. Parameters: w and dw of any one type, the velocity v of the same (only with momentum; zero before the
/// first step), the learning rate [1]. Outputs: w' and, with momentum, v'; they may be written over w and
/// v, element for element.
///
/// PyTorch's SGD without dampening. Sutskever et al., On the importance of initialization and momentum in
/// deep learning, 2013.
package struct SGDUpdate: Operator {
  package var momentum: Double
  package var isNesterov: Bool
  package var weightDecay: Double
  package var rateFactor: Double

  package init(
    momentum: Double = 0, isNesterov: Bool = false, weightDecay: Double = 0, rateFactor: Double = 1
  ) {
    self.momentum = momentum
    self.isNesterov = isNesterov
    self.weightDecay = weightDecay
    self.rateFactor = rateFactor
  }

  package static var name: String { "sgd" }

  package var hasVelocity: Bool { momentum != 0 }

  package func outputTypes(inputs: [TensorType], parameters: [TensorType]) -> [TensorType]? {
    guard inputs.isEmpty, parameters.count == (hasVelocity ? 4 : 3), parameters.last == .parameter([1]),
      parameters.dropLast().allSatisfy({ $0 == parameters[0] && !$0.isBatched })
    else { return nil }
    return [TensorType](repeating: parameters[0], count: hasVelocity ? 2 : 1)
  }

  package func lower(_ site: CallSite) -> [KernelCall] {
    let velocity = hasVelocity ? site.parameters[2] : nil
    let rate = site.parameters[hasVelocity ? 3 : 2]
    return [
      KernelCall(
        .sgdUpdate,
        [
          site.outputs[0], hasVelocity ? site.outputs[1] : nil, site.parameters[0], site.parameters[1],
          velocity, rate,
        ],
        [
          "count": .integer(site.outputTypes[0].count), "nesterov": .integer(isNesterov ? 1 : 0),
          "momentum": .real(momentum), "weight_decay": .real(weightDecay), "rate_factor": .real(rateFactor),
        ])
    ]
  }

  package func evaluateAll<Scalar: ReferenceScalar>(
    _ inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>]
  ) -> [Tensor<Scalar>] {
    let rate = parameters[hasVelocity ? 3 : 2].elements[0] * Scalar(rateFactor)
    let share = Scalar(momentum)
    var (weight, velocity) = (parameters[0], parameters[hasVelocity ? 2 : 0])
    for index in weight.elements.indices {
      let step = parameters[1].elements[index] + Scalar(weightDecay) * weight.elements[index]
      guard hasVelocity else {
        weight.elements[index] -= rate * step
        continue
      }
      velocity.elements[index] = share * velocity.elements[index] + step
      weight.elements[index] -=
        rate * (isNesterov ? step + share * velocity.elements[index] : velocity.elements[index])
    }
    return hasVelocity ? [weight, velocity] : [weight]
  }
}
