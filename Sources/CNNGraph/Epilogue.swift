extension Epilogue {
  /// Inputs of the node in front of the residual and with it.
  package func inputCount(besides others: Int) -> Int { others + (addsResidual ? 1 : 0) }

  /// One operation an element for the sum, one for the function.
  package func operations(on output: Shape) -> CheckedInteger {
    output.checkedCount * ((addsResidual ? 1 : 0) + (activation == nil ? 0 : 1))
  }

  /// The number by which kernels know the activation, 0 for none, and its parameter.
  package var code: (function: Int, alpha: Double) { activation?.code ?? (0, 0) }

  /// The inputs whose memory the output may take over: a kernel reads an element of the residual before it
  /// writes the same element, and never reads it again.
  package func inPlaceInputs(residual index: Int) -> [Int] { addsResidual ? [index] : [] }

  /// The residual's place, if there is one.
  package func residual(_ site: CallSite) -> Operand? { addsResidual ? site.inputs.last : nil }

  /// The reference: activation(y + residual).
  package func apply<Scalar: ReferenceScalar>(
    to output: Tensor<Scalar>, residual: Tensor<Scalar>?
  ) -> Tensor<Scalar> {
    var result = output
    if addsResidual, let residual {
      for index in result.elements.indices { result.elements[index] += residual.elements[index] }
    }
    return activation.map { result.mapElements($0.apply) } ?? result
  }
}
