import CNNSpec

/// An elementwise function without parameters to train. Output: the input's shape.
package enum Activation: LayerOperator {
  /// max(0, x); not a number stays so
  case relu
  /// min(max(0, x), 6)
  case relu6
  /// x if x > 0, else slope * x
  case leakyReLU(slope: Double)
  /// x if x > 0, else alpha * (exp(x) - 1)
  case elu(alpha: Double)
  /// 1 / (1 + exp(-x))
  case sigmoid
  case tanh
  /// 1.7159 tanh(2x/3); LeCun et al., Gradient-based learning applied to document recognition, 1998
  case scaledTanh
  /// x/2 * (1 + erf(x / sqrt 2)); Hendrycks, Gimpel, arXiv:1606.08415
  case gelu
  /// x * sigmoid(x)
  case silu
  /// clip(x/6 + 1/2, 0, 1)
  case hardSigmoid
  /// x * hardSigmoid(x)
  case hardSwish

  package static var name: String { "activation" }

  package func outputShape(for inputs: [Shape]) -> Shape? { inputs.count == 1 ? inputs[0] : nil }

  package func cost(for inputs: [Shape], output: Shape) -> Cost {
    Cost(otherOperations: CheckedInteger.product([output.channels, output.height, output.width]))
  }

  package var inPlaceInputs: [Int] { [0] }

  /// The number by which kernels know the function, and its parameter.
  package var code: (function: Int, alpha: Double) {
    switch self {
    case .relu: (1, 0)
    case .relu6: (2, 0)
    case .leakyReLU(let slope): (3, slope)
    case .elu(let alpha): (4, alpha)
    case .sigmoid: (5, 0)
    case .tanh: (6, 0)
    case .scaledTanh: (7, 0)
    case .gelu: (8, 0)
    case .silu: (9, 0)
    case .hardSigmoid: (10, 0)
    case .hardSwish: (11, 0)
    }
  }

  package func outputLayout(inputs: [Layout], parameters: [Layout]) -> Layout? {
    commonLayout(inputs: inputs, parameters: parameters)
  }

  package func lower(_ site: CallSite) -> [KernelCall] {
    [
      KernelCall(
        .activation, [site.output, site.input],
        [
          "batch": .integer(site.batch),
          "count": .integer(site.outputTypes[0].storedCount),
          "y_stride": .integer(site.output.imageStride),
          "x_stride": .integer(site.input.imageStride),
          "function": .integer(code.function),
          "alpha": .real(code.alpha),
        ])
    ]
  }

  package func evaluate<Scalar: ReferenceScalar>(
    _ inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>]
  ) -> Tensor<Scalar> {
    inputs[0].mapElements(apply)
  }

  /// The function's value.
  package func apply<Scalar: ReferenceScalar>(_ x: Scalar) -> Scalar {
    switch self {
    case .relu: x < 0 ? 0 : x
    case .relu6: x < 0 ? 0 : (x > 6 ? 6 : x)
    case .leakyReLU(let slope): x > 0 ? x : Scalar(slope) * x
    case .elu(let alpha): x > 0 ? x : Scalar(alpha) * (Scalar.exp(x) - 1)
    case .sigmoid: 1 / (1 + Scalar.exp(-x))
    case .tanh: Scalar.tanh(x)
    case .scaledTanh: Scalar(1.7159) * Scalar.tanh(2 * x / 3)
    case .gelu: x / 2 * (1 + Scalar.erf(x / Scalar(2).squareRoot()))
    case .silu: x / (1 + Scalar.exp(-x))
    case .hardSigmoid: min(max(0, x / 6 + 1 / 2), 1)
    case .hardSwish: x * min(max(0, x / 6 + 1 / 2), 1)
    }
  }
}
