/// d loss / d x of y = f(x): dx = f'(x) dy. Inputs: dy and x, of one shape. Output: dx, of that shape.
package struct ActivationGradient: Operator {
  package var activation: Activation

  package init(_ activation: Activation) { self.activation = activation }

  package static var name: String { "activation_gradient" }

  package func outputTypes(inputs: [TensorType], parameters: [TensorType]) -> [TensorType]? {
    guard inputs.count == 2, parameters.isEmpty, inputs[0] == inputs[1] else { return nil }
    return [inputs[0]]
  }

  package var inPlaceInputs: [Int] { [0, 1] }

  package func lower(_ site: CallSite) -> [KernelCall] {
    [
      KernelCall(
        .activationGradient, [site.output, site.inputs[0], site.inputs[1]],
        [
          "batch": .integer(site.batch), "count": .integer(site.outputTypes[0].storedCount),
          "dx_stride": .integer(site.output.imageStride),
          "dy_stride": .integer(site.inputs[0].imageStride),
          "x_stride": .integer(site.inputs[1].imageStride),
          "function": .integer(activation.code.function), "alpha": .real(activation.code.alpha),
        ])
    ]
  }

  package func evaluateAll<Scalar: ReferenceScalar>(
    _ inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>]
  ) -> [Tensor<Scalar>] {
    let products = zip(inputs[0].elements, inputs[1].elements).map { $0 * activation.derivative($1) }
    return [Tensor(inputs[0].dimensions, products)]
  }
}

extension Activation: Differentiable {
  package func addGradients(of node: Node, from gradient: ValueID, to builder: inout GradientBuilder) {
    builder.add(
      .activation(ActivationGradient(self)), inputs: [gradient, node.inputs[0]],
      gradientOf: node.inputs[0], in: node)
  }

  /// f'(x); at a kink the derivative of the side that PyTorch takes.
  package func derivative<Scalar: ReferenceScalar>(_ x: Scalar) -> Scalar {
    switch self {
    case .relu: return x > 0 ? 1 : 0
    case .relu6: return x > 0 && x < 6 ? 1 : 0
    case .leakyReLU(let slope): return x > 0 ? 1 : Scalar(slope)
    case .elu(let alpha): return x > 0 ? 1 : Scalar(alpha) * Scalar.exp(x)
    case .sigmoid:
      let s = apply(x)
      return s * (1 - s)
    case .tanh:
      let t = apply(x)
      return 1 - t * t
    case .scaledTanh:
      let t = Scalar.tanh(2 * x / 3)
      return Scalar(1.7159) * 2 / 3 * (1 - t * t)
    case .gelu:
      // Phi(x) + x phi(x), the normal distribution and its density.
      let density = Scalar.exp(-x * x / 2) / (2 * Scalar.pi).squareRoot()
      return (1 + Scalar.erf(x / Scalar(2).squareRoot())) / 2 + x * density
    case .silu:
      let s = 1 / (1 + Scalar.exp(-x))
      return s * (1 + x * (1 - s))
    case .hardSigmoid: return x > -3 && x < 3 ? 1 / 6 : 0
    case .hardSwish: return x <= -3 ? 0 : x < 3 ? x / 3 + 1 / 2 : 1
    }
  }
}
