/// x1 * x2 * ... * xn of n >= 2 inputs, elementwise. An input of Cx1x1 counts for the whole plane of its channel, as in a
/// squeeze-and-excitation block. Output: the shape of the largest input.
///
/// Hu et al., Squeeze-and-excitation networks, arXiv:1709.01507.
package struct Multiply: LayerOperator {
  package static var name: String { "multiply" }

  package init() {}

  package func outputShape(for inputs: [Shape]) -> Shape? {
    guard inputs.count >= 2, let output = inputs.max(by: { $0.count < $1.count }) else { return nil }
    let perChannel = Shape(output.channels, 1, 1)
    return inputs.allSatisfy { $0 == output || $0 == perChannel } ? output : nil
  }

  /// n - 1 operations an element.
  package func cost(for inputs: [Shape], output: Shape) -> Cost {
    Cost(otherOperations: output.checkedCount * (inputs.count - 1))
  }

  /// Of the output's shape, that is; a Cx1x1 input's memory is too small. A value that is given more
  /// than twice must not be taken over.
  package var inPlaceInputs: [Int] { [0, 1] }

  package func lower(_ site: CallSite) -> [KernelCall] {
    let output = site.outputShape
    // Full inputs first, so that the first call writes every element.
    let isFull = site.inputTypes.map { $0.shape == output }
    let full = site.inputs.indices.filter { isFull[$0] }
    let perChannel = site.inputs.indices.filter { !isFull[$0] }
    var ordered = site
    ordered.inputs = full.map { site.inputs[$0] }
    let operands =
      ordered.inputsInPlaceFirst.map { ($0, output.area) } + perChannel.map { (site.inputs[$0], 1) }
    return (1..<operands.count).map { index in
      let (a, (b, bArea)) = (index == 1 ? operands[0].0 : site.output, operands[index])
      return KernelCall(
        .multiply, [site.output, a, b],
        [
          "batch": .integer(site.batch),
          "channels": .integer(output.channels),
          "area": .integer(output.area),
          "b_area": .integer(bArea),
          "y_stride": .integer(site.output.imageStride),
          "a_stride": .integer(a.imageStride),
          "b_stride": .integer(b.imageStride),
        ])
    }
  }

  package func evaluate<Scalar: ReferenceScalar>(
    _ inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>]
  ) -> Tensor<Scalar> {
    guard let output = outputShape(for: inputs.map(\.shape)) else { preconditionFailure("verified") }
    return Tensor(batch: inputs[0].batch, output) { n, c, row, column in
      inputs.reduce(1) { product, x in product * (x.shape == output ? x[n, c, row, column] : x[n, c, 0, 0]) }
    }
  }
}
