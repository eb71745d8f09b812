import CNNSpec

/// d loss / d x of an unpooling: dx[c, i, j] = dy at the place that x[c, i, j] was written to, the first maximum
/// of its window; zero where a later window has overwritten it, or where all of the window is padding.
///
/// Inputs: dy and what was pooled, both D x H x W. Output: dx, D x H2 x W2. What was pooled only decides
/// where things go, so it has no gradient.
package struct Unpool2DGradient: Operator {
  /// The max pool's.
  package var window: Window2D

  package init(window: Window2D) { self.window = window }

  package static var name: String { "unpool2d_gradient" }

  package func outputTypes(inputs: [TensorType], parameters: [TensorType]) -> [TensorType]? {
    guard inputs.count == 2, parameters.isEmpty, inputs[0].isBatched, inputs[0] == inputs[1],
      let shape = Pool2D(mode: .max, window: window).outputShape(for: [inputs[1].shape])
    else { return nil }
    return [.activation(shape)]
  }

  /// A byte for each pixel of as many channels as are computed at once.
  package func scratchBytes(
    inputs: [TensorType], parameters: [TensorType], outputs: [TensorType], batch: Int
  ) -> Int {
    min(batch * inputs[0].shape.channels, Kernel.slots) * inputs[0].shape.area
  }

  package func lower(_ site: CallSite) -> [KernelCall] {
    [
      KernelCall(
        .unpool2dGradient, [site.output, site.inputs[0], site.inputs[1], site.scratch],
        [
          "batch": .integer(site.batch),
          "dx_stride": .integer(site.output.imageStride),
          "dy_stride": .integer(site.inputs[0].imageStride),
          "p_stride": .integer(site.inputs[1].imageStride),
          "channels": .integer(site.inputShape.channels),
          "height": .integer(site.inputShape.height),
          "width": .integer(site.inputShape.width),
          "pooled_height": .integer(site.outputShape.height),
          "pooled_width": .integer(site.outputShape.width),
        ], window.arguments)
    ]
  }

  package func evaluateAll<Scalar: ReferenceScalar>(
    _ inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>]
  ) -> [Tensor<Scalar>] {
    let (dy, pooled, shape) = (inputs[0], inputs[1], inputs[0].shape)
    guard let size = window.positions(over: shape.size) else { preconditionFailure("no such window") }
    var dx = Tensor<Scalar>(zeros: [dy.batch, shape.channels, size.height, size.width])
    // What each place was written from last.
    var writers: [[Int]: [Int]] = [:]
    dx.forEachElement { n, c, i, j in
      guard let place = window.firstMaximum(ofOutput: i, j, in: pooled, n, c) else { return }
      writers[[n, c, place.row, place.column]] = [n, c, i, j]
    }
    for (place, writer) in writers {
      dx[writer[0], writer[1], writer[2], writer[3]] = dy[place[0], place[1], place[2], place[3]]
    }
    return [dx]
  }
}

extension Unpool2D: Differentiable {
  package func addGradients(of node: Node, from gradient: ValueID, to builder: inout GradientBuilder) {
    builder.add(
      .unpool2d(Unpool2DGradient(window: window)), inputs: [gradient, node.inputs[1]],
      gradientOf: node.inputs[0], in: node)
  }
}
