import CNNGraph
import CNNSpec

/// A kernel that makes rows, of `Sources/CNNKernels/rows`. The raw value is the C function's name without its prefix
/// `cnn_rows_`.
package enum RowKernel: String, CaseIterable, Sendable {
  case add
  case channelAffine = "channel_affine"
  case conv2d
  case conv2dDepthwise = "conv2d_depthwise"
  case deconv2d
  case dense
  case lrn
  case move
  case multiply
  case pool2d
  case pool2dTaking = "pool2d_taking"
  case prelu
  case rbf
  case reshape
  case softmax
  case unpool2d
  case upsample2d

  /// The C structure of its arguments.
  package var parameters: String {
    switch self {
    case .add, .channelAffine, .multiply, .prelu, .softmax: "cnn_rows_elements_parameters"
    case .conv2d, .conv2dDepthwise, .deconv2d: "cnn_rows_conv2d_parameters"
    case .pool2d, .pool2dTaking, .unpool2d: "cnn_rows_pool2d_parameters"
    case .dense, .rbf: "cnn_rows_dense_parameters"
    case .lrn, .move, .reshape, .upsample2d: "cnn_rows_\(rawValue)_parameters"
    }
  }
}

/// What a step does at each of its turns.
package struct RowCall: Sendable {
  package var kernel: RowKernel
  /// Fields of the kernel's structure; those that are left out are zero.
  package var arguments: KernelArguments
  package var weights: RowWeights?

  init(_ kernel: RowKernel, _ arguments: KernelArguments..., weights: RowWeights? = nil) {
    self.kernel = kernel
    self.arguments = KernelArguments(joining: arguments)
    self.weights = weights
  }
}

/// A node as rows.
struct RowLowering {
  var call: RowCall
  /// Inputs by their position at the node, in the kernel's order, each with the rows that are read of it.
  var reads: [(input: Int, rows: RowReading)]
  var writes: RowWriting
  /// Inputs that the output may lie over, each of its elements being read before it is written.
  var inPlaceInputs: [Int] = []
}

extension RowLowering {
  /// - Parameters:
  ///   - inputs: the shapes of what is read, before any flattening.
  ///   - parameters: where the parameters lie.
  init(_ node: Node, inputs: [Shape], output: Shape, parameters: [Location]) {
    switch node.op {
    case .conv2d(let op): self.init(op, inputs[0], output, parameters)
    case .deconv2d(let op): self.init(op, inputs[0], output, parameters)
    case .pool2d(let op): self.init(op, inputs[0], output)
    case .unpool2d(let op): self.init(op, pooled: inputs[0], output)
    case .dense(let op):
      self.init(
        .dense, inputs[0], units: op.units, op.epilogue,
        .dense(
          weight: parameters[0], bias: op.hasBias ? parameters[1] : nil, units: op.units, input: inputs[0]))
    case .radialBasis(let op):
      self.init(
        .rbf, inputs[0], units: op.units, .none,
        .dense(weight: parameters[0], bias: nil, units: op.units, input: inputs[0]))
    case .activation(let op): self.init(adding: [0], output, Epilogue(activation: op))
    case .add(let op): self.init(adding: Array(inputs.indices), output, op.epilogue)
    case .multiply: self.init(multiplying: inputs, output)
    case .channelAffine(let op):
      self.init(
        .channelAffine, output, op.epilogue, residual: 1, .channels(parameters, count: output.channels))
    case .prelu: self.init(.prelu, output, .none, residual: 1, .channels(parameters, count: output.channels))
    case .softmax(let op):
      self.init(.softmax, output, .none, residual: 1, nil)
      call.arguments = KernelArguments(joining: [
        call.arguments, ["function": .integer(op.isLogarithmic ? 1 : 0)],
      ])
    case .localResponseNorm(let op): self.init(op, output)
    case .pad2d(let op):
      self.init(
        moving: inputs[0], to: output, top: op.padding.top, left: op.padding.left, before: op.channelsBefore)
    case .crop2d(let op):
      self.init(moving: inputs[0], to: output, top: -op.offsetTop, left: -op.offsetLeft)
    case .channelShuffle(let op): self.init(moving: inputs[0], to: output, groups: op.groups)
    case .upsample2d(let op): self.init(op, inputs[0], output)
    case .reshape: self.init(reshaping: inputs[0], to: output)
    case .concat, .identity, .dropout, .convPool2d, .batchNorm, .foldBatchNorm, .changeLayout, .gradient,
      .training:
      preconditionFailure("\(node.op.name) makes no rows")
    }
  }

  /// What writes the input's elements to another place.
  static func copying(_ shape: Shape) -> Self { Self(moving: shape, to: shape) }

  // MARK: - Windows

  private static func arguments(_ epilogue: Epilogue) -> KernelArguments {
    let (function, alpha) = epilogue.activation?.code ?? (0, 0)
    return [
      "adds": .integer(epilogue.addsResidual ? 1 : 0), "function": .integer(function), "alpha": .real(alpha),
    ]
  }

  private init(_ op: Conv2D, _ input: Shape, _ output: Shape, _ parameters: [Location]) {
    let isDepthwise = op.groups > 1 && op.groups == input.channels && op.filters == op.groups
    let bias = op.hasBias ? parameters[1] : nil
    let weights =
      isDepthwise
      ? RowWeights.depthwise(
        weight: parameters[0], bias: bias, channels: op.filters, kernel: op.window.kernel)
      : .convolution(
        .init(
          weight: parameters[0], bias: bias, groups: op.groups, filters: op.filters / op.groups,
          channels: input.channels / op.groups, kernel: op.window.kernel, connections: op.connections))
    call = RowCall(
      isDepthwise ? .conv2dDepthwise : .conv2d,
      [
        "height": .integer(input.height), "width": .integer(input.width),
        "out_width": .integer(output.width), "groups": .integer(op.groups),
        "channels": .integer(input.channels / op.groups), "filters": .integer(op.filters / op.groups),
      ], op.window.arguments, Self.arguments(op.epilogue), weights: weights)
    let window = RowWindow(op.window, height: input.height, positions: output.height)
    reads = [(0, .window(window))] + (op.epilogue.addsResidual ? [(1, .same)] : [])
    writes = .row(rows: output.height)
    inPlaceInputs = op.epilogue.addsResidual ? [1] : []
  }

  private init(_ op: Deconv2D, _ input: Shape, _ output: Shape, _ parameters: [Location]) {
    let window = Window2D(kernel: op.kernel, stride: op.stride, padding: op.padding)
    call = RowCall(
      .deconv2d,
      [
        "height": .integer(input.height), "width": .integer(input.width),
        "out_width": .integer(output.width), "groups": .integer(op.groups),
        "channels": .integer(input.channels / op.groups), "filters": .integer(op.filters / op.groups),
      ], window.arguments, Self.arguments(op.epilogue),
      weights: .convolution(
        .init(
          weight: parameters[0], bias: op.hasBias ? parameters[1] : nil, groups: op.groups,
          filters: op.filters / op.groups, channels: input.channels / op.groups, kernel: op.kernel,
          isTransposed: true)))
    let rows = RowWindow(window, height: output.height, positions: input.height)
    reads = [(0, .transposed(rows))] + (op.epilogue.addsResidual ? [(1, .same)] : [])
    writes = .row(rows: output.height)
    inPlaceInputs = op.epilogue.addsResidual ? [1] : []
  }

  private init(_ op: Pool2D, _ input: Shape, _ output: Shape) {
    let window = RowWindow(op.window, height: input.height, positions: output.height)
    // Rows that lie in one window only need not wait for the others of it.
    let isTaking =
      window.stride >= window.extent && (window.dilation == 1 || window.kernel == 1)
      && !window.rows(of: 0).isEmpty && !window.rows(of: output.height - 1).isEmpty
    call = RowCall(isTaking ? .pool2dTaking : .pool2d, Self.arguments(op, input, output))
    reads = [(0, isTaking ? .same : .window(window))]
    writes = isTaking ? .windows(window) : .row(rows: output.height)
  }

  private static func arguments(_ pool: Pool2D, _ input: Shape, _ output: Shape) -> KernelArguments {
    let (mode, counted): (Int, Padding) =
      switch pool.mode {
      case .max: (0, .none)
      case .average(let counted): (1, counted)
      case .sum: (2, .none)
      }
    let sizes: KernelArguments = [
      "channels": .integer(input.channels), "height": .integer(input.height),
      "width": .integer(input.width), "out_height": .integer(output.height),
      "out_width": .integer(output.width),
    ]
    let counts: KernelArguments = [
      "counted_top": .integer(counted.top), "counted_bottom": .integer(counted.bottom),
      "counted_left": .integer(counted.left), "counted_right": .integer(counted.right),
      "mode": .integer(mode),
    ]
    return KernelArguments(joining: [sizes, pool.window.arguments, counts])
  }

  private init(_ op: Unpool2D, pooled: Shape, _ output: Shape) {
    call = RowCall(.unpool2d, Self.arguments(Pool2D(mode: .max, window: op.window), output, pooled))
    let window = RowWindow(op.window, height: output.height, positions: pooled.height)
    reads = [(0, .transposed(window)), (1, .windowsAround(window))]
    writes = .row(rows: output.height)
  }

  // MARK: - Everything else

  private init(
    _ kernel: RowKernel, _ input: Shape, units: Int, _ epilogue: Epilogue, _ weights: RowWeights
  ) {
    call = RowCall(
      kernel,
      [
        "height": .integer(input.height), "width": .integer(input.width),
        "channels": .integer(input.channels), "units": .integer(units),
      ], Self.arguments(epilogue), weights: weights)
    reads = [(0, .same)] + (epilogue.addsResidual ? [(1, .all(height: 1))] : [])
    writes = .all(turns: input.height, rows: 1)
  }

  private init(adding inputs: [Int], _ shape: Shape, _ epilogue: Epilogue) {
    var plain = epilogue
    plain.addsResidual = false
    call = RowCall(
      .add,
      [
        "width": .integer(shape.width), "channels": .integer(shape.channels),
        "inputs": .integer(inputs.count),
      ], Self.arguments(plain))
    reads = inputs.map { ($0, .same) }
    writes = .row(rows: shape.height)
    inPlaceInputs = inputs
  }

  private init(multiplying inputs: [Shape], _ shape: Shape) {
    let full = inputs.indices.filter { inputs[$0] == shape }
    let others = inputs.indices.filter { inputs[$0] != shape }
    call = RowCall(
      .multiply,
      [
        "width": .integer(shape.width), "channels": .integer(shape.channels),
        "inputs": .integer(full.count), "others": .integer(others.count),
      ])
    reads = full.map { ($0, .same) } + others.map { ($0, .all(height: 1)) }
    writes = .row(rows: shape.height)
    inPlaceInputs = full
  }

  private init(
    _ kernel: RowKernel, _ shape: Shape, _ epilogue: Epilogue, residual: Int, _ weights: RowWeights?
  ) {
    call = RowCall(
      kernel, ["width": .integer(shape.width), "channels": .integer(shape.channels)],
      kernel == .channelAffine ? Self.arguments(epilogue) : [:], weights: weights)
    reads = [(0, .same)] + (epilogue.addsResidual ? [(residual, .same)] : [])
    writes = .row(rows: shape.height)
    inPlaceInputs = reads.map(\.input)
  }

  private init(_ op: LocalResponseNorm, _ shape: Shape) {
    call = RowCall(
      .lrn,
      [
        "width": .integer(shape.width), "channels": .integer(shape.channels), "size": .integer(op.size),
        "alpha": .real(op.alpha), "beta": .real(op.beta), "k": .real(op.k),
      ])
    reads = [(0, .same)]
    writes = .row(rows: shape.height)
  }

  private init(
    moving input: Shape, to output: Shape, top: Int = 0, left: Int = 0, before: Int = 0, groups: Int = 1
  ) {
    call = RowCall(
      .move,
      [
        "channels": .integer(input.channels), "height": .integer(input.height),
        "width": .integer(input.width), "out_channels": .integer(output.channels),
        "out_width": .integer(output.width), "top": .integer(top), "left": .integer(left),
        "before": .integer(before), "groups": .integer(groups),
      ])
    reads = [(0, .shifted(offset: top, height: input.height))]
    writes = .row(rows: output.height)
  }

  private init(_ op: Upsample2D, _ input: Shape, _ output: Shape) {
    let isBilinear = op.mode == .bilinear
    call = RowCall(
      .upsample2d,
      [
        "channels": .integer(input.channels), "height": .integer(input.height),
        "width": .integer(input.width), "factor_height": .integer(op.factor.height),
        "factor_width": .integer(op.factor.width), "bilinear": .integer(isBilinear ? 1 : 0),
      ])
    reads = [(0, .between(factor: op.factor.height, height: input.height, isBilinear: isBilinear))]
    writes = .row(rows: output.height)
  }

  private init(reshaping input: Shape, to output: Shape) {
    call = RowCall(
      .reshape,
      [
        "channels": .integer(input.channels), "height": .integer(input.height),
        "width": .integer(input.width), "out_height": .integer(output.height),
        "out_width": .integer(output.width),
      ])
    reads = [(0, .same)]
    writes = .all(turns: input.height, rows: output.height)
  }
}
