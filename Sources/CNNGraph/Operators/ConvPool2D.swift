import CNNSpec

/// A convolution and the maxima of disjoint squares of two by two of it, of which only the maxima are stored:
/// D x H x W to K x H2/2 x W2/2, rounded down, for a convolution to K x H2 x W2. Parameters: the convolution's, the
/// weights packed for row-major activations of few channels, or for Winograd's algorithm.
package struct ConvPool2D: LayerOperator {
  /// Has one group, no stride, dilation, connections or residual, and a function that does not decrease.
  package var conv: Conv2D
  package var pool: Pool2D

  /// What the kernel's copy of the image takes at most for a row of maxima, in elements, and
  private static let floatLimit = 16384
  /// channels times taps, at most.
  private static let termLimit = 4096
  /// Elements behind each plane of the copy.
  private static let gap = 16

  /// - Parameter packing: of the weights.
  /// - Returns: nil where the two are not what the kernels for such weights compute.
  package init?(_ conv: Conv2D, _ pool: Pool2D, input: Shape, packing: WeightPacking) {
    let one = Size2D(1)
    guard conv.groups == 1, conv.connections == nil, !conv.epilogue.addsResidual,
      conv.window.stride == one, conv.window.dilation == one,
      conv.epilogue.activation?.isNondecreasing ?? true, pool.halves
    else { return nil }
    self.conv = conv
    self.pool = pool
    guard let output = outputShape(for: [input]) else { return nil }
    switch packing {
    case .planarPanels: guard fits(input, output) else { return nil }
    case .winograd:
      // All whole squares, and no fewer.
      let between = between(input)
      guard conv.packings(for: input).contains(packing), output.height == between.height / 2,
        output.width == between.width / 2
      else { return nil }
    case .panels, .depthwise: return nil
    }
  }

  /// Whether the kernel for row-major activations has room for it.
  private func fits(_ input: Shape, _ output: Shape) -> Bool {
    let kernel = conv.window.kernel
    let row = CheckedInteger(1 + kernel.height / 2) * output.width + Self.gap
    let floats = CheckedInteger(input.channels) * 2 * (CheckedInteger(kernel.width) + 1) * row
    let terms = CheckedInteger.product([input.channels, kernel.height, kernel.width])
    guard let floats = floats.value, let terms = terms.value else { return false }
    return floats <= Self.floatLimit && terms <= Self.termLimit
  }

  package static var name: String { "conv_pool2d" }

  package func outputShape(for inputs: [Shape]) -> Shape? {
    conv.outputShape(for: inputs).flatMap { pool.outputShape(for: [$0]) }
  }

  package func parameters(for inputs: [Shape]) -> [ParameterSpec] { conv.parameters(for: inputs) }

  /// What the two cost apart.
  package func cost(for inputs: [Shape], output: Shape) -> Cost {
    let between = between(inputs[0])
    var cost = conv.cost(for: inputs, output: between)
    cost += pool.cost(for: [between], output: output)
    return cost
  }

  package func outputLayout(inputs: [Layout], parameters: [Layout]) -> Layout? {
    guard parameters.dropFirst().allSatisfy({ $0 == .rowMajor }) else { return nil }
    switch parameters.first {
    case .packed(.planarPanels): return inputs == [.rowMajor] ? .rowMajor : nil
    case .packed(.winograd): return inputs == [.channelBlocks] ? .channelBlocks : nil
    default: return nil
    }
  }

  package func scratchBytes(
    inputs: [TensorType], parameters: [TensorType], outputs: [TensorType], batch: Int
  ) -> Int {
    conv.scratchBytes(
      inputs: inputs, parameters: parameters,
      outputs: [.activation(between(inputs[0].shape)).laid(out: outputs[0].layout)], batch: batch)
  }

  /// What the convolution alone makes.
  private func between(_ input: Shape) -> Shape {
    guard let between = conv.outputShape(for: [input]) else { preconditionFailure("no such window") }
    return between
  }

  package func lower(_ site: CallSite) -> [KernelCall] {
    if case .packed(.winograd(let tile)) = site.parameterTypes[0].layout {
      return conv.winogradCalls(site, tile: tile, output: between(site.inputShape), pools: true)
    }
    return [call(site, places: nil)]
  }

  /// - Parameter places: where the maxima's places in their squares go, if anywhere.
  func call(_ site: CallSite, places: Operand?) -> KernelCall {
    KernelCall(
      .conv2dPoolSmall,
      [site.output, places, site.input, site.parameters[0], conv.hasBias ? site.parameters[1] : nil],
      [
        "batch": .integer(site.batch),
        "y_stride": .integer(site.output.imageStride),
        "places_stride": .integer(places?.imageStride ?? 0),
        "x_stride": .integer(site.input.imageStride),
        "height": .integer(site.inputShape.height),
        "width": .integer(site.inputShape.width),
        "out_height": .integer(site.outputShape.height),
        "out_width": .integer(site.outputShape.width),
        "channels": .integer(site.inputShape.channels),
        "filters": .integer(conv.filters),
        "kernel_height": .integer(conv.window.kernel.height),
        "kernel_width": .integer(conv.window.kernel.width),
        "pad_top": .integer(conv.window.padding.top),
        "pad_left": .integer(conv.window.padding.left),
        "function": .integer(conv.epilogue.code.function),
        "alpha": .real(conv.epilogue.code.alpha),
      ])
  }

  package func evaluate<Scalar: ReferenceScalar>(
    _ inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>]
  ) -> Tensor<Scalar> {
    pool.evaluate([conv.evaluate(inputs, parameters: parameters)], parameters: [])
  }
}

extension Pool2D {
  /// Whether it takes the maxima of disjoint squares of two by two; a last row or column may be left out.
  package var halves: Bool {
    let two = Size2D(2)
    return mode == .max && window.kernel == two && window.stride == two && window.dilation == Size2D(1)
      && window.padding.top == 0 && window.padding.left == 0 && window.padding.bottom <= 0
      && window.padding.right <= 0
  }
}

extension Activation {
  /// Whether a larger x never has a smaller value, and not-a-number has itself: the largest of several values is
  /// then the value of the largest.
  package var isNondecreasing: Bool {
    switch self {
    case .relu, .relu6, .sigmoid, .tanh, .scaledTanh: true
    default: false
    }
  }
}
