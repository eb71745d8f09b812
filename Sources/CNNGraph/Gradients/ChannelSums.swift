/// Sums over all images and pixels of activations in channel blocks, one a channel, in double: what a channel
/// reduction, a batch norm's statistics and its gradient begin with.
struct ChannelSums {
  /// What is summed beside a.
  enum Second: Int {
    case nothing = 0
    case product = 1
    /// a * min(b, 0)
    case negativeProduct = 2
    /// a * a
    case square = 3
    /// a * b, a being 0 here and in the first sum where ReLU behind a batch norm has not let b pass
    case passedProduct = 4
  }

  private var shape: Shape
  private var batch: Int

  init(_ type: TensorType, batch: Int) {
    shape = type.shape
    self.batch = batch
  }

  /// How many parts the pixels of all images are cut into: with few blocks of channels several, so that there is
  /// work for some threads, but none so small that adding them up counts.
  var parts: Int {
    let blocks = Layout.blocked(shape.channels) / Layout.block
    return max(1, min((16 + blocks - 1) / blocks, batch * shape.area / 256))
  }

  /// Floats of memory for the sums: two doubles for each lane and part.
  var floatCount: Int { parts * Layout.blocked(shape.channels) * 4 }

  /// - Parameter pass: what `batch_norm_pass_blocks` has written, for ``Second/passedProduct``.
  func call(
    _ second: Second, of a: Operand, _ b: Operand? = nil, pass: Operand? = nil, into sums: Operand
  ) -> KernelCall {
    KernelCall(
      .channelSumsBlocks, [sums, a, b, pass],
      [
        "batch": .integer(batch), "channels": .integer(shape.channels), "area": .integer(shape.area),
        "a_stride": .integer(a.imageStride), "b_stride": .integer(b?.imageStride ?? 0),
        "parts": .integer(parts), "factor": .integer(second.rawValue),
      ])
  }
}
