import CNNSpec

/// Undoes a max pool: inputs are what is to be spread, of the pool's output shape, and the pool's input.
///
/// The output has the pool input's shape and is zero, but where the pool's window had its first maximum
/// (row-major; as in PyTorch the last not-a-number wins) it takes the window's element. Where windows overlap,
/// the later one overwrites. Zeiler, Fergus, arXiv:1311.2901; PyTorch's MaxUnpool2d without a tensor of indices.
package struct Unpool2D: LayerOperator {
  /// The max pool's.
  package var window: Window2D

  package init(window: Window2D) { self.window = window }

  package static var name: String { "unpool2d" }

  package func outputShape(for inputs: [Shape]) -> Shape? {
    guard inputs.count == 2, inputs[0] == Pool2D(mode: .max, window: window).outputShape(for: [inputs[1]])
    else { return nil }
    return inputs[1]
  }

  /// F*F comparisons a window, to find the maximum again.
  package func cost(for inputs: [Shape], output: Shape) -> Cost {
    Cost(otherOperations: inputs[0].checkedCount * window.kernel.height * window.kernel.width)
  }

  package func lower(_ site: CallSite) -> [KernelCall] {
    [
      KernelCall(
        .unpool2d, [site.output, site.inputs[0], site.inputs[1]],
        [
          "batch": .integer(site.batch),
          "y_stride": .integer(site.output.imageStride),
          "x_stride": .integer(site.inputs[0].imageStride),
          "p_stride": .integer(site.inputs[1].imageStride),
          "channels": .integer(site.outputShape.channels),
          "height": .integer(site.outputShape.height),
          "width": .integer(site.outputShape.width),
          "pooled_height": .integer(site.inputShape.height),
          "pooled_width": .integer(site.inputShape.width),
        ], window.arguments)
    ]
  }

  package func evaluate<Scalar: ReferenceScalar>(
    _ inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>]
  ) -> Tensor<Scalar> {
    let (x, pooled) = (inputs[0], inputs[1])
    var output = Tensor<Scalar>(zeros: pooled.dimensions)
    x.forEachElement { n, c, i, j in
      guard let place = window.firstMaximum(ofOutput: i, j, in: pooled, n, c) else { return }
      output[n, c, place.row, place.column] = x[n, c, i, j]
    }
    return output
  }
}
