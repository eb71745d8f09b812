import CNNGraph
import CNNRuntime
import Testing

/// Runs the convolutions of blocked activations, with the packing of their weights, and compares with
/// `Conv2D`'s naive reference.
///
/// All that a kernel must not read is not-a-number: lanes behind the last channel of x, and of the residual.
enum Conv2DBlocksChecker {
  /// Where the operands of a check lie.
  private struct Operands {
    var x: Operand
    var weight: Operand
    var panels: Operand
    var bias: Operand?
    var residual: Operand?
    var y: Operand
  }

  /// Expects `kernel` to give the reference of `conv`, whose epilogue may add a residual.
  /// - Parameter inPlace: whether y lies in the residual's place.
  static func check(
    _ kernel: Kernel, _ conv: Conv2D, on shape: Shape, batch: Int = 2, inPlace: Bool = false,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let output = try #require(
      conv.outputShape(for: [shape] + (conv.epilogue.addsResidual ? [shapeOfOutput(conv, shape)] : [])),
      sourceLocation: sourceLocation)
    func tensor(_ stream: UInt64, _ dimensions: [Int]) -> Tensor<Float> {
      Tensor(dimensions, KernelChecker.numbers(stream, dimensions.reduce(1, *)))
    }
    func batched(_ stream: UInt64, _ shape: Shape) -> Tensor<Float> {
      tensor(stream, [batch, shape.channels, shape.height, shape.width])
    }
    let inputs =
      [batched(0, shape)] + (conv.epilogue.addsResidual ? [batched(1, output)] : [])
    let parameters = conv.parameters(for: [shape]).enumerated().map {
      tensor(100 + UInt64($0), $1.dimensions)
    }
    let expected = conv.evaluate(
      inputs.map(KernelChecker.inDouble), parameters: parameters.map(KernelChecker.inDouble))

    var memory = KernelChecker.Memory()
    let image = inputs[0].elements
    let x = memory.place(kernel == .conv2dPlanar ? image : Blocks.blocked(image, shape), images: batch)
    let weight = memory.place(parameters[0].elements, images: 1)
    let bias = conv.hasBias ? memory.place(parameters[1].elements, images: 1) : nil
    let packing = Packing(kernel, conv, channels: shape.channels)
    let panels = memory.place([Float](repeating: .nan, count: packing.count), images: 1)
    let residual =
      inputs.count > 1 ? memory.place(Blocks.blocked(inputs[1].elements, output), images: batch) : nil
    let y =
      inPlace
      ? residual!
      : memory.place([Float](repeating: .nan, count: batch * Blocks.count(output)), images: batch)
    let operands = Operands(x: x, weight: weight, panels: panels, bias: bias, residual: residual, y: y)
    let before = memory.elements
    memory.run([
      KernelCall(.packPanels, [panels, weight], packing.arguments),
      call(kernel, conv, operands, shape, output, batch: batch),
    ])

    let label: Comment = "\(kernel) for \(conv) on \(shape)"
    let written = (0..<batch).map { memory.index(of: y, image: $0) }.map { $0..<$0 + Blocks.count(output) }
    let found = written.flatMap { Blocks.planar(memory.elements[$0], output) }
    #expect(
      KernelChecker.worstError(found, expected.elements) <= 1e-5, label, sourceLocation: sourceLocation)
    let packed = memory.index(of: panels, image: 0)
    KernelChecker.expectKept(
      before, memory.elements, but: written + [packed..<packed + packing.count], sourceLocation)
  }

  private static func shapeOfOutput(_ conv: Conv2D, _ shape: Shape) -> Shape {
    var plain = conv
    plain.epilogue = .none
    return plain.outputShape(for: [shape]) ?? shape
  }

  private static func call(
    _ kernel: Kernel, _ conv: Conv2D, _ operands: Operands, _ input: Shape, _ output: Shape, batch: Int
  ) -> KernelCall {
    let window = conv.window
    let groups = kernel == .conv2dDepthwise ? 1 : conv.groups
    return KernelCall(
      kernel, [operands.y, operands.x, operands.panels, operands.bias, operands.residual],
      [
        "batch": .integer(batch), "y_stride": .integer(operands.y.imageStride),
        "x_stride": .integer(operands.x.imageStride),
        "r_stride": .integer(operands.residual?.imageStride ?? 0),
        "height": .integer(input.height), "width": .integer(input.width),
        "out_height": .integer(output.height), "out_width": .integer(output.width),
        "groups": .integer(groups), "channels": .integer(input.channels / groups),
        "filters": .integer(output.channels / groups),
        "kernel_height": .integer(window.kernel.height), "kernel_width": .integer(window.kernel.width),
        "stride_height": .integer(window.stride.height), "stride_width": .integer(window.stride.width),
        "dilation_height": .integer(window.dilation.height),
        "dilation_width": .integer(window.dilation.width),
        "pad_top": .integer(window.padding.top), "pad_left": .integer(window.padding.left),
        "function": .integer(conv.epilogue.code.function), "alpha": .real(conv.epilogue.code.alpha),
      ])
  }
}

/// How `pack_panels` packs a convolution's weights for a kernel.
struct Packing {
  var groups: Int
  /// Of one group.
  var filters: Int
  var channels: Int
  var taps: Int
  /// 0 for `conv2d_blocks`, 1 for `conv2d_planar`, 2 for `conv2d_depthwise`.
  var order: Int

  /// - Parameter channels: of all groups.
  init(_ kernel: Kernel, _ conv: Conv2D, channels: Int) {
    order = kernel == .conv2dBlocks ? 0 : kernel == .conv2dPlanar ? 1 : 2
    groups = order == 2 ? 1 : conv.groups
    filters = conv.filters / groups
    self.channels = order == 2 ? 1 : channels / groups
    taps = conv.window.kernel.height * conv.window.kernel.width
  }

  /// Floats of the packed weights.
  var count: Int {
    groups * ((filters + 15) / 16 * 16) * (order == 0 ? (channels + 15) / 16 * 16 : channels) * taps
  }

  var arguments: KernelArguments {
    [
      "groups": .integer(groups), "filters": .integer(filters), "channels": .integer(channels),
      "taps": .integer(taps), "order": .integer(order),
    ]
  }
}
