/// x if x > 0, else w_c * x, with one learned slope a channel. Output: the input's shape.
///
/// He et al., Delving deep into rectifiers, arXiv:1502.01852.
package struct PReLU: LayerOperator {
  package static var name: String { "prelu" }

  package init() {}

  package func outputShape(for inputs: [Shape]) -> Shape? { inputs.count == 1 ? inputs[0] : nil }

  package func parameters(for inputs: [Shape]) -> [ParameterSpec] {
    [ParameterSpec("weight", [inputs[0].channels], .weight)]
  }

  /// One operation an element, as every elementwise function.
  package func cost(for inputs: [Shape], output: Shape) -> Cost {
    Cost(otherOperations: output.checkedCount)
  }

  package var inPlaceInputs: [Int] { [0] }

  package func lower(_ site: CallSite) -> [KernelCall] {
    [
      KernelCall(
        .prelu, [site.output, site.input, site.parameters[0]],
        [
          "batch": .integer(site.batch),
          "channels": .integer(site.outputShape.channels),
          "area": .integer(site.outputShape.area),
          "y_stride": .integer(site.output.imageStride),
          "x_stride": .integer(site.input.imageStride),
        ])
    ]
  }

  package func evaluate<Scalar: ReferenceScalar>(
    _ inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>]
  ) -> Tensor<Scalar> {
    let (x, weight) = (inputs[0], parameters[0].elements)
    return Tensor(batch: x.batch, x.shape) { n, c, row, column in
      let value = x[n, c, row, column]
      return value > 0 ? value : weight[c] * value
    }
  }
}
