import CNNSpec

/// d loss / d x of a pooling: each dy goes to what its window has read. A maximum's goes to the first one of the
/// window (row-major; the last not-a-number), an average's is divided by its divisor, a sum's is taken as it is.
///
/// Inputs: dy, D x H2 x W2, and for a maximum x. Output: dx, D x H x W.
package struct Pool2DGradient: Operator {
  package var pool: Pool2D
  package var inputShape: Shape

  package init(pool: Pool2D, inputShape: Shape) {
    self.pool = pool
    self.inputShape = inputShape
  }

  package static var name: String { "pool2d_gradient" }

  package func outputTypes(inputs: [TensorType], parameters: [TensorType]) -> [TensorType]? {
    guard inputs.count == (pool.mode == .max ? 2 : 1), parameters.isEmpty, inputs.allSatisfy(\.isBatched),
      inputs[0].shape == pool.outputShape(for: [inputShape]),
      inputs.dropFirst().allSatisfy({ $0.shape == inputShape && $0.layout == inputs[0].layout })
    else { return nil }
    return [.activation(inputShape).laid(out: inputs[0].layout)]
  }

  package func lower(_ site: CallSite) -> [KernelCall] {
    let x = site.inputs.count > 1 ? site.inputs[1] : nil
    return [
      KernelCall(
        site.isInBlocks ? .pool2dGradientBlocks : .pool2dGradient, [site.output, site.inputs[0], x],
        [
          "batch": .integer(site.batch),
          "dx_stride": .integer(site.output.imageStride),
          "dy_stride": .integer(site.inputs[0].imageStride),
          "x_stride": .integer(x?.imageStride ?? 0),
        ], pool.arguments(over: inputShape, to: site.inputShape))
    ]
  }

  package func evaluateAll<Scalar: ReferenceScalar>(
    _ inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>]
  ) -> [Tensor<Scalar>] {
    let (dy, window, shape) = (inputs[0], pool.window, inputShape)
    var dx = Tensor<Scalar>(zeros: [dy.batch, shape.channels, shape.height, shape.width])
    dy.forEachElement { n, c, i, j in
      let element = dy[n, c, i, j]
      switch pool.mode {
      case .max:
        guard let place = window.firstMaximum(ofOutput: i, j, in: inputs[1], n, c) else { return }
        dx[n, c, place.row, place.column] += element
      case .average(let counted):
        let share = element / Scalar(pool.divisor(i, j, over: shape.size, counted))
        window.forEachTap(ofOutput: i, j, over: shape.size) { dx[n, c, $2, $3] += share }
      case .sum:
        window.forEachTap(ofOutput: i, j, over: shape.size) { dx[n, c, $2, $3] += element }
      }
    }
    return [dx]
  }
}

extension Pool2D: Differentiable {
  package func addGradients(of node: Node, from gradient: ValueID, to builder: inout GradientBuilder) {
    let x = node.inputs[0]
    let operation = Pool2DGradient(pool: self, inputShape: builder.graph[x].type.shape)
    builder.add(
      .pool2d(operation), inputs: mode == .max ? [gradient, x] : [gradient], gradientOf: x, in: node)
  }
}
