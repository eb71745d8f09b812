import CNNSpec

/// A small convolution and the maxima of disjoint squares of two by two of it, as ``ConvPool2D`` computes them, with
/// the maxima's places, so that the gradients need nothing that is not kept: what is not a maximum never exists.
///
/// D x H x W to K x H2/2 x W2/2, rounded down, for a convolution to K x H2 x W2. Parameters: the convolution's.
/// Outputs: y; and of its shape, which of its square's convolutions each maximum is, the first of several: 0 and 1 for
/// the upper ones, 2 and 3 for the lower ones.
package struct ConvPool2DTraining: Operator {
  /// Its function is none or ReLU, whose derivative can be told from its value.
  package let both: ConvPool2D

  /// What the gradients' kernels have room for, in elements: of an image with its padding, of its strips, of all
  /// filters' maxima and of their windows; a square's windows; a filter's maxima.
  private static let floatLimit = 16384
  private static let windowLimit = 1024
  private static let maximaLimit = 4096
  /// Elements behind what is read.
  private static let gap = 16

  /// - Parameter conv: has no epilogue.
  /// - Returns: nil where these are not what the kernels compute, or where channel blocks do it better.
  package init?(_ conv: Conv2D, _ activation: Activation?, _ pool: Pool2D, input: Shape) {
    var conv = conv
    guard conv.epilogue == .none, activation == nil || activation == .relu, input.channels < Layout.block,
      conv.filters <= Layout.block
    else { return nil }
    conv.epilogue.activation = activation
    guard let both = ConvPool2D(conv, pool, input: input, packing: .planarPanels),
      let output = both.outputShape(for: [input])
    else { return nil }
    self.both = both
    guard gradientFits(input, output) else { return nil }
  }

  private func gradientFits(_ input: Shape, _ output: Shape) -> Bool {
    let kernel = both.conv.window.kernel
    // Small numbers all of them: the forward kernel has room for a row of maxima and for the kernel.
    let line = input.channels * (kernel.width + 1)
    let rows = CheckedInteger(2) * output.height + (kernel.height - 1)
    let columns = CheckedInteger(2) * output.width + (kernel.width - 1)
    let area = CheckedInteger.product([output.height, output.width])
    let floats = [
      rows * line * output.width, rows * columns * input.channels, area * both.conv.filters,
      CheckedInteger(both.conv.filters) * ((kernel.height + 2) * line + input.channels + Self.gap),
    ]
    guard let maxima = area.value, maxima <= Self.maximaLimit else { return false }
    return (kernel.height + 1) * line <= Self.windowLimit
      && floats.allSatisfy { $0.value.map { $0 <= Self.floatLimit } ?? false }
  }

  package static var name: String { "conv_pool2d_training" }

  package func outputTypes(inputs: [TensorType], parameters: [TensorType]) -> [TensorType]? {
    guard inputs.count == 1, inputs[0].isBatched, inputs[0].layout == .rowMajor,
      let output = both.outputShape(for: [inputs[0].shape]),
      parameters == both.parameters(for: [inputs[0].shape]).map({ .parameter($0.dimensions) })
    else { return nil }
    return [.activation(output), .activation(output)]
  }

  /// The weights as the kernel reads them.
  private func packed(_ weight: TensorType) -> TensorType { weight.laid(out: .packed(.planarPanels)) }

  package func scratchBytes(
    inputs: [TensorType], parameters: [TensorType], outputs: [TensorType], batch: Int
  ) -> Int {
    packed(parameters[0]).storedCount * ElementType.float32.byteCount
  }

  package func multiplications(inputs: [TensorType], outputs: [TensorType]) -> CheckedInteger {
    both.cost(for: inputs.map(\.shape), output: outputs[0].shape).multiplications
  }

  package func lower(_ site: CallSite) -> [KernelCall] {
    guard let scratch = site.scratch else { preconditionFailure("the weights need room") }
    let weight = site.parameterTypes[0]
    let packing = CallSite(
      batch: 1, inputTypes: [], parameterTypes: [weight], outputTypes: [packed(weight)], inputs: [],
      parameters: [site.parameters[0]], outputs: [scratch])
    var packedSite = site
    packedSite.parameters[0] = scratch
    return ChangeLayout(to: .packed(.planarPanels)).lower(packing)
      + [both.call(packedSite, places: site.outputs[1])]
  }

  package func evaluateAll<Scalar: ReferenceScalar>(
    _ inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>]
  ) -> [Tensor<Scalar>] {
    var linear = both.conv
    linear.epilogue = .none
    let between = linear.evaluate(inputs, parameters: parameters)
    let y = both.evaluate(inputs, parameters: parameters)
    let places = Tensor<Scalar>(batch: y.batch, y.shape) { n, k, i, j in
      guard let place = both.pool.window.firstMaximum(ofOutput: i, j, in: between, n, k) else {
        preconditionFailure("squares lie inside")
      }
      return Scalar(2 * (place.row - 2 * i) + place.column - 2 * j)
    }
    return [y, places]
  }
}

extension ConvPool2DTraining: Differentiable {
  package func addGradients(of node: Node, from gradient: ValueID, to builder: inout GradientBuilder) {
    let (x, weight, places) = (node.inputs[0], node.parameters[0], node.outputs[1])
    var maxima = gradient
    if let activation = both.conv.epilogue.activation {
      maxima = builder.add(
        .gradient(.activation(ActivationGradient(activation))), inputs: [gradient, node.output],
        named: "\(builder.name(of: node.output)).maxima", for: node)
    }
    builder.add(
      .convPool2dInput(ConvPool2DInputGradient(both: both, inputShape: builder.shape(of: x))),
      inputs: [maxima, places], parameters: [weight], gradientOf: x, in: node)
    builder.add(
      .convPool2dWeight(ConvPool2DWeightGradient(both: both)), inputs: [x, maxima, places],
      gradientOf: weight, in: node)
    builder.addBiasGradient(of: node, from: maxima)
  }
}
