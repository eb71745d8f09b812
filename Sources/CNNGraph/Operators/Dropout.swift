/// y = x. Training zeroes elements with probability `rate` and divides the others by 1 - rate, so that
/// inference has nothing to do. Output: the input's shape.
///
/// Srivastava et al., Dropout, JMLR 15, 2014.
package struct Dropout: LayerOperator {
  package var rate: Double

  package static var name: String { "dropout" }

  package init(rate: Double = 0.5) { self.rate = rate }

  package func outputShape(for inputs: [Shape]) -> Shape? { inputs.count == 1 ? inputs[0] : nil }

  package var inPlaceInputs: [Int] { [0] }

  package func lower(_ site: CallSite) -> [KernelCall] { KernelCall.move(site) }

  package func evaluate<Scalar: ReferenceScalar>(
    _ inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>]
  ) -> Tensor<Scalar> {
    inputs[0]
  }
}
