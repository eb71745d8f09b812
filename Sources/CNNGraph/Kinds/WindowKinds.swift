import CNNSpec

/// Convolutions and pools.
enum WindowKinds {
  typealias Context = KindContext
  typealias Result = KindContext.Result

  static func conv(_ context: inout Context) -> Result? {
    let filters = context.count("filters")
    let groups = context.count("groups")
    let bias = context.flag("bias")
    let (table, isWrong) = context.arguments.connections("connections", &context.diagnostics)
    let window = convWindow(&context)
    guard let filters, let groups, let bias, !isWrong, let shape = context.inputShape,
      checkGroups(groups, filters: filters, shape, &context),
      checkTable(table, filters: filters, groups: groups, shape, &context), let window
    else { return nil }
    return Result(
      .conv2d(
        Conv2D(filters: filters, window: window, groups: groups, hasBias: bias, connections: table)))
  }

  static func depthwise(_ context: inout Context) -> Result? {
    let multiplier = context.count("multiplier")
    let bias = context.flag("bias")
    let window = convWindow(&context)
    guard let multiplier, let bias, let shape = context.inputShape, let window else { return nil }
    let (filters, overflow) = multiplier.multipliedReportingOverflow(by: shape.channels)
    guard !overflow else {
      context.error(.overflow, "the channels of `\(context.layer.name)` are past 64 bits")
      return nil
    }
    return Result(
      .conv2d(Conv2D(filters: filters, window: window, groups: shape.channels, hasBias: bias)))
  }

  /// Kernel, stride, padding and dilation of a convolution, fitted to what enters.
  private static func convWindow(_ context: inout Context) -> Window2D? {
    let kernel = context.size("kernel")
    let stride = context.size("stride")
    let dilation = context.size("dilation")
    let padding = context.arguments.padding("pad", &context.diagnostics)
    let rounding = context.windowRounding()
    guard let kernel, let stride, let dilation, let padding, let shape = context.inputShape else {
      return nil
    }
    let fitting = WindowFitting(
      kernel: kernel, stride: stride, dilation: dilation, padding: padding, rounding: rounding)
    return context.fit(fitting, over: shape.size)
  }

  private static func checkGroups(
    _ groups: Int, filters: Int, _ shape: Shape, _ context: inout Context
  ) -> Bool {
    let noun = shape.channels % groups != 0 ? "input channels" : "filters"
    guard shape.channels % groups != 0 || filters % groups != 0 else { return true }
    let count = noun == "filters" ? filters : shape.channels
    context.error(
      .groupsDoNotDivide, "`\(context.layer.name)` cannot split \(count) \(noun) into \(groups) groups",
      at: context.arguments.range("groups"),
      help: [Divisors.help(of: [shape.channels, filters], near: groups)])
    return false
  }

  private static func checkTable(
    _ table: [[Int]]?, filters: Int, groups: Int, _ shape: Shape, _ context: inout Context
  ) -> Bool {
    guard let table else { return true }
    let range = context.arguments.range("connections")
    let wrong: String? =
      if groups != 1 {
        "`connections` and `groups` exclude each other"
      } else if table.count != filters {
        "`connections` lists the inputs of \(table.count) filter\(table.count == 1 ? "" : "s"), but there are \(filters)"
      } else if let channel = table.joined().first(where: { $0 >= shape.channels }) {
        "`connections` names channel \(channel), but the input has 0 to \(shape.channels - 1)"
      } else if let filter = table.firstIndex(where: { Set($0).count != $0.count }) {
        "`connections` names a channel of filter \(filter) twice"
      } else if let filter = table.firstIndex(where: \.isEmpty) {
        "`connections` leaves filter \(filter) without an input"
      } else {
        nil
      }
    if let wrong { context.error(.invalidValue, wrong, at: range) }
    return wrong == nil
  }

  static func deconv(_ context: inout Context) -> Result? {
    let filters = context.count("filters")
    let kernel = context.size("kernel")
    let stride = context.size("stride")
    let padding = context.arguments.padding("pad", &context.diagnostics)
    let outputPad = context.arguments.size("output_pad", from: 0, &context.diagnostics)
    let groups = context.count("groups")
    let bias = context.flag("bias")
    guard let filters, let kernel, let stride, case .explicit(let pads) = padding, let outputPad, let groups,
      let bias
    else { return nil }
    guard outputPad.height < stride.height, outputPad.width < stride.width else {
      context.error(
        .invalidValue, "`output_pad` \(outputPad) must be smaller than the stride \(stride)",
        at: context.arguments.range("output_pad"))
      return nil
    }
    guard let shape = context.inputShape, checkGroups(groups, filters: filters, shape, &context) else {
      return nil
    }
    let op = Deconv2D(
      filters: filters, kernel: kernel, stride: stride, padding: pads, outputPadding: outputPad,
      groups: groups, hasBias: bias)
    guard leavesSomething(op, shape, &context) else { return nil }
    return Result(.deconv2d(op))
  }

  private static func leavesSomething(_ op: Deconv2D, _ shape: Shape, _ context: inout Context) -> Bool {
    let (pads, extra) = (op.padding, op.outputPadding)
    let sides = [
      (
        shape.height, op.kernel.height, op.stride.height, CheckedInteger(pads.top) + pads.bottom, extra.height
      ),
      (shape.width, op.kernel.width, op.stride.width, CheckedInteger(pads.left) + pads.right, extra.width),
    ]
    for (length, kernel, stride, pads, extra) in sides {
      guard let result = (CheckedInteger(length - 1) * stride + kernel - pads + extra).value,
        let pads = pads.value
      else {
        context.error(.overflow, "the output of `\(context.layer.name)` is past 64 bits")
        return false
      }
      if result > 0 { continue }
      context.error(
        .windowDoesNotFit,
        "`\(context.layer.name)` leaves nothing: S(W1 - 1) + F - 2P + output_pad = \(stride)*(\(length) - 1) + \(kernel) - \(pads) + \(extra) = \(result)\(context.trail())",
        help: ["less padding leaves more"])
      return false
    }
    return true
  }

  // MARK: Pools

  static func maxpool(_ context: inout Context) -> Result? {
    poolWindow(&context).map { Result(.pool2d(Pool2D(mode: .max, window: $0.window))) }
  }

  static func avgpool(_ context: inout Context) -> Result? {
    let countPad = context.flag("count_pad")
    guard let (window, ownPadding) = poolWindow(&context), let countPad else { return nil }
    return Result(
      .pool2d(Pool2D(mode: .average(counted: countPad ? ownPadding : .none), window: window)))
  }

  /// The window, and its padding without what `ceil` added.
  private static func poolWindow(_ context: inout Context) -> (window: Window2D, ownPadding: Padding)? {
    let kernel = context.size("kernel")
    let stride = context.arguments.isGiven("stride") ? context.size("stride") : kernel
    let padding = context.arguments.padding("pad", &context.diagnostics)
    let dilation = context.size("dilation")
    let rounding = context.windowRounding()
    guard let kernel, let stride, let padding, let dilation, let shape = context.inputShape else {
      return nil
    }
    let fitting = WindowFitting(
      kernel: kernel, stride: stride, dilation: dilation, padding: padding, rounding: rounding, isPool: true)
    let hasStride = context.arguments.isGiven("stride")
    guard let window = context.fit(fitting, over: shape.size, hasStride: hasStride) else { return nil }
    if case .explicit(let pads) = padding { return (window, pads) }
    return (window, window.padding)
  }

  static func globalAveragePool(_ context: inout Context) -> Result? {
    context.inputShape.map {
      Result(.pool2d(Pool2D(mode: .average(counted: .none), window: Window2D(kernel: $0.size))))
    }
  }

  static func globalMaxPool(_ context: inout Context) -> Result? {
    context.inputShape.map { Result(.pool2d(Pool2D(mode: .max, window: Window2D(kernel: $0.size)))) }
  }

  static func subsample(_ context: inout Context) -> Result? {
    let kernel = context.size("kernel")
    let rounding = context.windowRounding()
    guard let kernel, let shape = context.inputShape else { return nil }
    let fitting = WindowFitting(
      kernel: kernel, stride: kernel, padding: .explicit(.none), rounding: rounding)
    guard let window = context.fit(fitting, over: shape.size, hasStride: false, hasPad: false) else {
      return nil
    }
    return Result(.pool2d(Pool2D(mode: .sum, window: window)), .channelAffine(ChannelAffine()))
  }

  static func unpool(_ context: inout Context) -> Result? {
    guard let label = context.arguments.reference("label", &context.diagnostics) else { return nil }
    let range = context.arguments.range("label")
    guard case .layer(let index) = label, context.network.layers[index].kind == "maxpool" else {
      context.error(
        .invalidValue, "`\(context.layer.name)` undoes a max pool, but the label is no max pool's", at: range,
        help: ["label the pool itself: `maxpool:p1(2)`, then `unpool(@p1)`"])
      return nil
    }
    let pool = context.network.layers[index]
    guard let shape = context.inputShape, let pooled = context.arguments.shapeOf(label),
      let source = pool.inputs.first, let before = context.arguments.shapeOf(source),
      case .pool2d(let op) = context.operatorsOf(index)?.first
    else { return nil }
    guard shape == pooled else {
      context.error(
        .shapeMismatch,
        "`\(context.layer.name)` gets \(shape), but `\(pool.name)` made \(pooled) of \(before)\(context.trail())"
      )
      return nil
    }
    return Result(.unpool2d(Unpool2D(window: op.window)), inputs: context.layer.inputs + [source])
  }
}
