import CNNGraph
import CNNSpec

// The layers that several formats have, as a spec writes them: what is a kind's default is left out.

extension ImportedLayer {
  /// A convolution, or a depthwise one where each channel is a group by itself.
  /// - Parameters:
  ///   - input: the shape of what it reads.
  ///   - tensors: the weights, filters x channels/groups x height x width, and the bias, if there is one.
  ///   - shape: what it computes; the filters are its channels.
  ///   - isExact: whether the window fits without rounding; otherwise it is rounded down.
  package static func conv(
    _ source: Source, _ input: Shape, groups: Int, _ window: Window2D, tensors: [Tensor], shape: Shape,
    isExact: Bool
  ) -> ImportedLayer {
    let isDepthwise = groups > 1 && groups == input.channels
    var writer = ArgumentWriter()
    if !isDepthwise { writer.positional("\(shape.channels)") }
    writer.kernel(window.kernel)
    writer.size("stride", window.stride, default: Size2D(1))
    writer.padding(window.padding)
    writer.size("dilation", window.dilation, default: Size2D(1))
    if isDepthwise, shape.channels != groups { writer.named("multiplier", "\(shape.channels / groups)") }
    if !isDepthwise, groups > 1 { writer.named("groups", "\(groups)") }
    if tensors.count == 1 { writer.named("bias", "no") }
    var layer = ImportedLayer(
      isDepthwise ? "depthwise" : "conv", writer.arguments, of: [source], tensors: tensors, shape: shape)
    layer.isRounded = !isExact
    return layer
  }

  /// A transposed convolution.
  /// - Parameters:
  ///   - window: without dilation.
  ///   - extra: rows at the bottom and columns at the right that are added to the output.
  ///   - tensors: the weights, channels x filters/groups x height x width, and the bias, if there is one.
  ///   - shape: what it computes; the filters are its channels.
  package static func deconv(
    _ source: Source, groups: Int, _ window: Window2D, extra: Size2D = Size2D(0), tensors: [Tensor],
    shape: Shape
  ) -> ImportedLayer {
    var writer = ArgumentWriter()
    writer.positional("\(shape.channels)")
    writer.kernel(window.kernel)
    writer.size("stride", window.stride, default: Size2D(1))
    writer.padding(window.padding)
    writer.size("output_pad", extra, default: Size2D(0))
    if groups > 1 { writer.named("groups", "\(groups)") }
    if tensors.count == 1 { writer.named("bias", "no") }
    return ImportedLayer("deconv", writer.arguments, of: [source], tensors: tensors, shape: shape)
  }

  /// A fully connected layer, which flattens what it is given.
  /// - Parameter tensors: the matrix, units x inputs, and the bias, if there is one.
  package static func fc(_ source: Source, tensors: [Tensor]) -> ImportedLayer {
    let units = tensors[0].dimensions[0]
    var writer = ArgumentWriter()
    writer.positional("\(units)")
    if tensors.count == 1 { writer.named("bias", "no") }
    return ImportedLayer("fc", writer.arguments, of: [source], tensors: tensors, shape: Shape(units, 1, 1))
  }

  package enum Pool: Hashable, Sendable {
    case max
    /// - Parameter countsPadding: whether a mean is divided by the elements of the padding, too.
    case average(countsPadding: Bool)
  }

  /// A pool; one whose window is the whole image is a global one, if it may be.
  /// - Parameters:
  ///   - input: the shape of what it reads.
  ///   - isExact: whether the window fits without rounding.
  ///   - isCeiling: whether it is rounded up where it does not.
  ///   - mayBeGlobal: not where an `unpool` undoes it, or where the format has global pools of its own.
  package static func pool(
    _ source: Source, _ input: Shape, _ pool: Pool, _ window: Window2D, shape: Shape, isExact: Bool,
    isCeiling: Bool = false, mayBeGlobal: Bool = true
  ) -> ImportedLayer {
    let kind = pool == .max ? "maxpool" : "avgpool"
    if mayBeGlobal, window.padding == .none, window.kernel == input.size {
      return ImportedLayer("global" + kind, of: [source], shape: shape)
    }
    var writer = ArgumentWriter()
    writer.kernel(window.kernel)
    writer.size("stride", window.stride, default: window.kernel)
    writer.padding(window.padding)
    if pool == .average(countsPadding: true), window.padding != .none { writer.named("count_pad", "yes") }
    if isCeiling, !isExact { writer.named("rounding", "ceil") }
    writer.size("dilation", window.dilation, default: Size2D(1))
    var layer = ImportedLayer(kind, writer.arguments, of: [source], shape: shape)
    layer.isRounded = !isExact && !isCeiling
    return layer
  }

  /// y = (x - mean) / sqrt(variance + epsilon) * weight + bias, a number a channel each.
  /// - Parameters:
  ///   - kept: the share of the old statistics in a training step, a spec's momentum being the batch's; nil for its default.
  ///   - values: weight, bias, mean and variance.
  package static func batchNorm(
    _ source: Source, _ shape: Shape, epsilon: Float, keeping kept: Float?, _ values: [FloatSource?]
  ) -> ImportedLayer {
    var writer = ArgumentWriter()
    writer.real("eps", epsilon, default: 1e-5)
    if let kept { writer.real("momentum", SpecNumber.float(kept) { 1 - $0 }, default: 0.1) }
    let tensors = zip(["weight", "bias", "running_mean", "running_var"], values).map {
      Tensor($0, [shape.channels], $1)
    }
    return ImportedLayer("bn", writer.arguments, of: [source], tensors: tensors, shape: shape)
  }

  /// y[c] = x[c] / (k + alpha / size * sum of squares)^beta; a spec's alpha is not divided by the size.
  package static func lrn(
    _ source: Source, _ shape: Shape, size: Int, alpha: Float, beta: Float, k: Float
  ) -> ImportedLayer {
    var writer = ArgumentWriter()
    writer.positional("\(size)")
    writer.real("alpha", SpecNumber.float(alpha) { $0 / Double(size) }, default: 1e-4)
    writer.real("beta", beta, default: 0.75)
    writer.real("k", k, default: 2)
    return ImportedLayer("lrn", writer.arguments, of: [source], shape: shape)
  }

  /// What a dropout says.
  /// - Parameter rate: of the elements that become 0 in training.
  package static func dropoutArguments(rate: Float) -> [Argument] {
    rate == 0.5 ? [] : [Argument(nil, SpecNumber.text(rate))]
  }

  /// Zeros round an image, and before and behind its channels.
  /// - Parameter padding: none of it negative.
  package static func pad(
    _ source: Source, _ padding: Padding = .none, channels: (before: Int, behind: Int) = (0, 0), shape: Shape
  ) -> ImportedLayer {
    var writer = ArgumentWriter()
    if padding != .none {
      writer.positional("\(padding.top)x\(padding.bottom)x\(padding.left)x\(padding.right)")
    }
    if channels != (0, 0) { writer.named("channels", "\(channels.before)x\(channels.behind)") }
    return ImportedLayer("pad", writer.arguments, of: [source], shape: shape)
  }
}
