/// The same elements in the same row-major order under another shape; flattening is a reshape to
/// (C*H*W)x1x1. Output: `shape`.
///
/// The bytes do not change, so the planner gives the output the input's memory and no call is left.
package struct Reshape: LayerOperator {
  package var shape: Shape

  package static var name: String { "reshape" }

  package init(shape: Shape) { self.shape = shape }

  package func outputShape(for inputs: [Shape]) -> Shape? {
    guard inputs.count == 1, let output = Shape.checked(shape.channels, shape.height, shape.width),
      inputs[0].checkedCount.value == output.count
    else { return nil }
    return output
  }

  package var inPlaceInputs: [Int] { [0] }

  package func lower(_ site: CallSite) -> [KernelCall] { KernelCall.move(site) }

  package func evaluate<Scalar: ReferenceScalar>(
    _ inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>]
  ) -> Tensor<Scalar> {
    Tensor([inputs[0].batch, shape.channels, shape.height, shape.width], inputs[0].elements)
  }
}
