import CNNSpec

/// Layers that move elements and compute nothing.
enum ShapeKinds {
  typealias Context = KindContext
  typealias Result = KindContext.Result

  static func identity(_ context: inout Context) -> Result? {
    context.inputShape.map { _ in Result(.identity(Identity())) }
  }

  static func flatten(_ context: inout Context) -> Result? {
    context.inputShape.map { Result(.reshape(Reshape(shape: Shape($0.count, 1, 1)))) }
  }

  static func reshape(_ context: inout Context) -> Result? {
    guard let shape = context.arguments.shape("shape", &context.diagnostics), let input = context.inputShape
    else { return nil }
    let count = CheckedInteger.product([shape.channels, shape.height, shape.width])
    guard count.value == input.count else {
      let text = count.value.map(String.init) ?? "more than 2^63"
      context.error(
        .shapeMismatch, "\(input) has \(input.count) elements, \(shape) has \(text)\(context.trail())",
        at: context.arguments.range("shape"))
      return nil
    }
    return Result(.reshape(Reshape(shape: shape)))
  }

  static func pad(_ context: inout Context) -> Result? {
    let padding = context.arguments.padding("size", &context.diagnostics)
    let channels = context.arguments.channelPair("channels", &context.diagnostics)
    guard case .explicit(let pads) = padding, let channels, context.inputShape != nil else { return nil }
    return Result(
      .pad2d(Pad2D(padding: pads, channelsBefore: channels.before, channelsAfter: channels.after)))
  }

  static func crop(_ context: inout Context) -> Result? {
    let size: Size2D?
    if context.arguments.isReference {
      size =
        context.arguments.reference("size", &context.diagnostics).flatMap(context.arguments.shapeOf)?.size
    } else {
      size = context.size("size")
    }
    guard let size, let shape = context.inputShape else { return nil }
    guard size.height <= shape.height, size.width <= shape.width else {
      context.error(
        .sizeMismatch, "`\(context.layer.name)` cannot cut \(size) out of \(shape.size)\(context.trail())",
        at: context.arguments.range("size"), help: ["a crop is at most as large as what it cuts"])
      return nil
    }
    return Result(
      .crop2d(
        Crop2D(
          offsetTop: (shape.height - size.height) / 2, offsetLeft: (shape.width - size.width) / 2, size: size)
      ))
  }

  static func upsample(_ context: inout Context) -> Result? {
    let factor = context.size("factor")
    let mode = context.arguments.word("mode", among: ["nearest", "bilinear"], &context.diagnostics)
    guard let factor, let mode, context.inputShape != nil else { return nil }
    return Result(
      .upsample2d(Upsample2D(factor: factor, mode: mode == "bilinear" ? .bilinear : .nearest)))
  }

  static func channelShuffle(_ context: inout Context) -> Result? {
    guard let groups = context.count("groups"), let shape = context.inputShape else { return nil }
    guard shape.channels % groups == 0 else {
      context.error(
        .groupsDoNotDivide,
        "`\(context.layer.name)` cannot split \(shape.channels) channels into \(groups) groups",
        at: context.arguments.range("groups"), help: [Divisors.help(of: [shape.channels], near: groups)])
      return nil
    }
    return Result(.channelShuffle(ChannelShuffle(groups: groups)))
  }
}
