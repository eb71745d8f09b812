/// y = x: a branch that changes nothing. Passes remove it; what is left of it lowers to a copy, or to
/// nothing where the planner gave the output the input's memory.
package struct Identity: LayerOperator {
  package static var name: String { "identity" }

  package init() {}

  package func outputShape(for inputs: [Shape]) -> Shape? { inputs.count == 1 ? inputs[0] : nil }

  package var inPlaceInputs: [Int] { [0] }

  package func lower(_ site: CallSite) -> [KernelCall] { KernelCall.move(site) }

  package func evaluate<Scalar: ReferenceScalar>(
    _ inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>]
  ) -> Tensor<Scalar> {
    inputs[0]
  }
}
