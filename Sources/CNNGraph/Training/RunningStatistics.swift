/// What a batch adds to the statistics that inference normalizes with:
///
///     running = (1 - momentum) running + momentum batch
///
/// Parameters: running mean, running variance, then the batch's mean and unbiased variance as
/// ``BatchNormTraining`` returns them, each [C]. Outputs: the new running mean and variance; they may be
/// written over the old ones, element for element. PyTorch's BatchNorm2d with a momentum.
package struct RunningStatistics: Operator {
  package var momentum: Double

  package init(momentum: Double = 0.1) { self.momentum = momentum }

  package static var name: String { "running_statistics" }

  package func outputTypes(inputs: [TensorType], parameters: [TensorType]) -> [TensorType]? {
    guard inputs.isEmpty, parameters.count == 4, parameters[0].dimensions.count == 1,
      parameters.allSatisfy({ $0 == parameters[0] && !$0.isBatched })
    else { return nil }
    return [parameters[0], parameters[0]]
  }

  package func lower(_ site: CallSite) -> [KernelCall] {
    [
      KernelCall(
        .runningStatistics, site.outputs + site.parameters,
        ["channels": .integer(site.outputTypes[0].count), "momentum": .real(momentum)])
    ]
  }

  package func evaluateAll<Scalar: ReferenceScalar>(
    _ inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>]
  ) -> [Tensor<Scalar>] {
    let share = Scalar(momentum)
    return (0..<2).map { index in
      let (running, batch) = (parameters[index], parameters[index + 2])
      let elements = zip(running.elements, batch.elements).map { (1 - share) * $0 + share * $1 }
      return Tensor(running.dimensions, elements)
    }
  }
}
