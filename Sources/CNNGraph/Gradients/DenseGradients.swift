/// d loss / d x of y = weight * x + bias: dx[i] = sum over units u of weight[u, i] * dy[u].
///
/// Input: dy, units x 1 x 1. Parameter: `weight` [units, D], D being C*H*W. Output: dx, C x H x W.
package struct DenseInputGradient: Operator {
  package var inputShape: Shape

  package init(inputShape: Shape) { self.inputShape = inputShape }

  package static var name: String { "dense_input_gradient" }

  package func outputTypes(inputs: [TensorType], parameters: [TensorType]) -> [TensorType]? {
    guard inputs.count == 1, parameters.count == 1, inputs[0].isBatched, !parameters[0].isBatched,
      parameters[0].dimensions == [inputs[0].shape.count, inputShape.count]
    else { return nil }
    return [.activation(inputShape)]
  }

  package func multiplications(inputs: [TensorType], outputs: [TensorType]) -> CheckedInteger {
    CheckedInteger(inputShape.count) * inputs[0].shape.count
  }

  package func lower(_ site: CallSite) -> [KernelCall] {
    [
      KernelCall(
        .denseInputGradient, [site.output, site.input, site.parameters[0]],
        [
          "batch": .integer(site.batch), "dx_stride": .integer(site.output.imageStride),
          "dy_stride": .integer(site.input.imageStride), "depth": .integer(inputShape.count),
          "units": .integer(site.inputShape.count),
        ])
    ]
  }

  package func evaluateAll<Scalar: ReferenceScalar>(
    _ inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>]
  ) -> [Tensor<Scalar>] {
    let (dy, weight, units) = (inputs[0], parameters[0], inputs[0].shape.count)
    let depth = inputShape.count
    var dx = [Scalar](repeating: 0, count: dy.batch * depth)
    for n in 0..<dy.batch {
      for i in 0..<depth {
        for unit in 0..<units {
          dx[n * depth + i] += weight.elements[unit * depth + i] * dy.elements[n * units + unit]
        }
      }
    }
    let shape = inputShape
    return [Tensor([dy.batch, shape.channels, shape.height, shape.width], dx)]
  }
}

/// d loss / d weight of y = weight * x + bias: dw[u, i] = sum over the batch of dy[u] * x[i].
///
/// Inputs: x, C x H x W, and dy, units x 1 x 1. Output: [units, C*H*W], once for the batch.
package struct DenseWeightGradient: Operator {
  package init() {}

  package static var name: String { "dense_weight_gradient" }

  package func outputTypes(inputs: [TensorType], parameters: [TensorType]) -> [TensorType]? {
    guard inputs.count == 2, parameters.isEmpty, inputs.allSatisfy(\.isBatched), inputs[1].shape.area == 1
    else { return nil }
    return [.parameter([inputs[1].shape.count, inputs[0].shape.count])]
  }

  package func multiplications(inputs: [TensorType], outputs: [TensorType]) -> CheckedInteger {
    CheckedInteger(inputs[0].shape.count) * inputs[1].shape.count
  }

  package func lower(_ site: CallSite) -> [KernelCall] {
    [
      KernelCall(
        .denseWeightGradient, [site.output, site.inputs[0], site.inputs[1]],
        [
          "batch": .integer(site.batch), "x_stride": .integer(site.inputs[0].imageStride),
          "dy_stride": .integer(site.inputs[1].imageStride),
          "depth": .integer(site.inputTypes[0].count), "units": .integer(site.inputTypes[1].count),
        ])
    ]
  }

  package func evaluateAll<Scalar: ReferenceScalar>(
    _ inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>]
  ) -> [Tensor<Scalar>] {
    let (x, dy) = (inputs[0], inputs[1])
    let (depth, units) = (x.shape.count, dy.shape.count)
    var dw = Tensor<Scalar>(zeros: [units, depth])
    for n in 0..<x.batch {
      for unit in 0..<units {
        for i in 0..<depth {
          dw.elements[unit * depth + i] += dy.elements[n * units + unit] * x.elements[n * depth + i]
        }
      }
    }
    return [dw]
  }
}

extension Dense: Differentiable {
  package func addGradients(of node: Node, from gradient: ValueID, to builder: inout GradientBuilder) {
    precondition(epilogue == .none, "differentiated before anything is fused")
    let (x, weight) = (node.inputs[0], node.parameters[0])
    builder.add(
      .denseInput(DenseInputGradient(inputShape: builder.graph[x].type.shape)), inputs: [gradient],
      parameters: [weight], gradientOf: x, in: node)
    builder.add(
      .denseWeight(DenseWeightGradient()), inputs: [x, gradient], gradientOf: weight, in: node)
    builder.addBiasGradient(of: node, from: gradient)
  }
}
