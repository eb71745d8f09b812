/// d loss / d x of ``LocalResponseNorm``. With s[c] = k + alpha * sum of x^2 over c's window, at each pixel:
///
///     dx[j] = dy[j] s[j]^-beta - 2 alpha beta x[j] * sum of dy[c] x[c] s[c]^(-beta - 1)
///
/// summed over the channels c whose window holds j: j - (size-1)/2 ... j + size/2. Inputs: dy and x, of one
/// shape. Output: that shape.
package struct LocalResponseNormGradient: Operator {
  package var layer: LocalResponseNorm

  package init(_ layer: LocalResponseNorm) { self.layer = layer }

  package static var name: String { "lrn_gradient" }

  package func outputTypes(inputs: [TensorType], parameters: [TensorType]) -> [TensorType]? {
    guard inputs.count == 2, parameters.isEmpty, inputs[0].isBatched, inputs[0] == inputs[1], layer.size > 0
    else { return nil }
    return [inputs[0]]
  }

  package var inPlaceInputs: [Int] { [0, 1] }

  /// Pixels that the kernel computes at once: its `CNN_TILE`.
  private static let tile = 256

  /// Two numbers a channel for a tile of pixels; in channel blocks, three lines of a pixel's channels.
  package func scratchBytes(
    inputs: [TensorType], parameters: [TensorType], outputs: [TensorType], batch: Int
  ) -> Int {
    let channels = inputs[0].shape.channels
    let floats =
      inputs[0].layout == .channelBlocks
      ? 3 * (Layout.blocked(channels) + 2 * margin(channels)) : 2 * channels * Self.tile
    return min(batch, Kernel.slots) * floats * ElementType.float32.byteCount
  }

  /// How far windows may reach beyond the first and the last channel.
  private func margin(_ channels: Int) -> Int { Layout.blocked(min(layer.size, channels)) }

  package func lower(_ site: CallSite) -> [KernelCall] {
    let channels = site.outputShape.channels
    let margin: KernelArguments = site.isInBlocks ? ["margin": .integer(margin(channels))] : [:]
    return [
      KernelCall(
        site.isInBlocks ? .lrnGradientBlocks : .lrnGradient,
        [site.output, site.inputs[0], site.inputs[1], site.scratch],
        [
          "batch": .integer(site.batch), "dx_stride": .integer(site.output.imageStride),
          "dy_stride": .integer(site.inputs[0].imageStride),
          "x_stride": .integer(site.inputs[1].imageStride),
          "channels": .integer(channels), "pixels": .integer(site.outputShape.area),
          "size": .integer(layer.size),
        ], margin,
        ["alpha": .real(layer.alpha), "beta": .real(layer.beta), "k": .real(layer.k)])
    ]
  }

  package func evaluateAll<Scalar: ReferenceScalar>(
    _ inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>]
  ) -> [Tensor<Scalar>] {
    let (dy, x) = (inputs[0], inputs[1])
    let (alpha, beta, last) = (Scalar(layer.alpha), Scalar(layer.beta), x.shape.channels - 1)
    func scale(_ n: Int, _ c: Int, _ i: Int, _ j: Int) -> Scalar {
      var sum: Scalar = 0
      for other in max(0, c - layer.size / 2)...min(last, c + (layer.size - 1) / 2) {
        sum += x[n, other, i, j] * x[n, other, i, j]
      }
      return Scalar(layer.k) + alpha * sum
    }
    return [
      Tensor(batch: x.batch, x.shape) { n, c, i, j in
        var sum: Scalar = 0
        for other in max(0, c - (layer.size - 1) / 2)...min(last, c + layer.size / 2) {
          sum += dy[n, other, i, j] * x[n, other, i, j] * Scalar.pow(scale(n, other, i, j), -beta - 1)
        }
        return dy[n, c, i, j] * Scalar.pow(scale(n, c, i, j), -beta) - 2 * alpha * beta * x[n, c, i, j] * sum
      }
    ]
  }
}

extension LocalResponseNorm: Differentiable {
  package func addGradients(of node: Node, from gradient: ValueID, to builder: inout GradientBuilder) {
    builder.add(
      .localResponseNorm(LocalResponseNormGradient(self)), inputs: [gradient, node.inputs[0]],
      gradientOf: node.inputs[0], in: node)
  }
}
