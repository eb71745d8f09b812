import CNNSpec

/// d loss / d x of a bilinear ``Upsample2D``: each element of dy goes to the four pixels that it was made
/// of, by their weights. Input: dy. Output: C x (H / factor.height) x (W / factor.width).
package struct Upsample2DGradient: Operator {
  package var factor: Size2D

  package init(factor: Size2D) { self.factor = factor }

  package static var name: String { "upsample2d_gradient" }

  package func outputTypes(inputs: [TensorType], parameters: [TensorType]) -> [TensorType]? {
    guard inputs.count == 1, parameters.isEmpty, inputs[0].isBatched, factor.height > 0, factor.width > 0
    else { return nil }
    let shape = inputs[0].shape
    guard shape.height % factor.height == 0, shape.width % factor.width == 0 else { return nil }
    return [.activation(Shape(shape.channels, shape.height / factor.height, shape.width / factor.width))]
  }

  package func lower(_ site: CallSite) -> [KernelCall] {
    [
      KernelCall(
        .upsample2dGradient, [site.output, site.input],
        [
          "batch": .integer(site.batch), "channels": .integer(site.outputShape.channels),
          "height": .integer(site.outputShape.height), "width": .integer(site.outputShape.width),
          "dx_stride": .integer(site.output.imageStride), "dy_stride": .integer(site.input.imageStride),
          "factor_height": .integer(factor.height), "factor_width": .integer(factor.width),
        ])
    ]
  }

  package func evaluateAll<Scalar: ReferenceScalar>(
    _ inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>]
  ) -> [Tensor<Scalar>] {
    let dy = inputs[0]
    let (channels, height, width) = (
      dy.shape.channels, dy.shape.height / factor.height, dy.shape.width / factor.width
    )
    var dx = Tensor<Scalar>(zeros: [dy.batch, channels, height, width])
    for (index, element) in dy.elements.enumerated() {
      let (i, j) = (index / dy.shape.width % dy.shape.height, index % dy.shape.width)
      let (c, n) = (index / dy.shape.area % channels, index / dy.shape.count)
      let rows: [(Int, Scalar)] = Upsample2D.shares(of: i, factor.height, in: height)
      let columns: [(Int, Scalar)] = Upsample2D.shares(of: j, factor.width, in: width)
      for (row, v) in rows {
        for (column, u) in columns { dx[n, c, row, column] += v * u * element }
      }
    }
    return [dx]
  }
}

extension Upsample2D: Differentiable {
  /// Nearest: each pixel's gradient is the sum over its window of `factor`.
  package func addGradients(of node: Node, from gradient: ValueID, to builder: inout GradientBuilder) {
    switch mode {
    case .nearest:
      let sum = Pool2D(mode: .sum, window: Window2D(kernel: factor, stride: factor))
      builder.add(.pool2d(sum), inputs: [gradient], gradientOf: node.inputs[0], in: node)
    case .bilinear:
      builder.add(
        .upsample2d(Upsample2DGradient(factor: factor)), inputs: [gradient], gradientOf: node.inputs[0],
        in: node)
    }
  }

  /// The two inputs that an output is made of, each with its weight.
  fileprivate static func shares<Scalar: ReferenceScalar>(
    of output: Int, _ factor: Int, in length: Int
  ) -> [(Int, Scalar)] {
    let (first, second, weight) = neighbours(of: output, factor, in: length) as (Int, Int, Scalar)
    return [(first, 1 - weight), (second, weight)]
  }
}
