import CNNGraph

/// What a convolution's weight gradient takes on one core, by layout and algorithm: a model as ``ConvolutionCosts``, with
/// rates measured on the same machine. Only their ratios matter.
package struct WeightGradientCosts: Sendable {
  /// Multiply-adds a nanosecond of the kernel for row-major operands,
  package var planarRate = 32.0
  /// of the one for channel blocks,
  package var blocksRate = 44.0
  /// of the same with one tap, which waits for memory,
  package var pointRate = 39.0
  /// of the one that reads row-major images,
  package var imageRate = 36.0
  /// of the one for depthwise convolutions in blocks,
  package var depthwiseRate = 9.0
  /// and of the products between Winograd's transforms.
  package var winogradRate = 49.0
  /// Nanoseconds that a tile of 16 channels takes to the transform's domain, of tiles of two and of four,
  package var transforms = (two: 90.0, four: 200.0)
  /// products' sums a nanosecond that a chunk of tiles reads and writes,
  package var sumRate = 6.0
  /// and nanoseconds of a weight's way back.
  package var weightTime = 9.0

  package init() {}

  /// Nanoseconds for a batch.
  /// - Parameter inputs: x and dy, which the gradient accepts.
  package func nanoseconds(
    of gradient: Conv2DWeightGradient, inputs: [TensorType], batch: Int
  ) -> Double {
    // Sizes may be such that only floating-point numbers hold their products: the planner complains later.
    let (conv, input, output) = (gradient.conv, inputs[0].shape, inputs[1].shape)
    let taps = Double(conv.window.kernel.height) * Double(conv.window.kernel.width)
    let places = Double(batch) * Double(output.area) * taps
    let depth = Double(input.channels / conv.groups)
    // Kernels for channel blocks compute whole blocks of filters.
    let filters = Double(conv.groups) * Double(Layout.blocked(conv.filters / conv.groups))
    switch (inputs[0].layout, inputs[1].layout) {
    case (.rowMajor, .channelBlocks): return places * depth * filters / imageRate
    case (_, .channelBlocks):
      if let tile = gradient.winogradTile {
        let down = Double((output.height + tile - 1) / tile)
        let across = Double((output.width + tile - 1) / tile)
        return winograd(
          tile: tile, count: Double(batch) * down * across, channels: Double(input.channels), filters: filters
        )
      }
      if conv.groups > 1, conv.groups == input.channels, conv.groups == conv.filters {
        return places * Double(Layout.blocked(conv.filters)) / depthwiseRate
      }
      return places * depth * filters / (taps == 1 ? pointRate : blocksRate)
    default: return places * depth * Double(conv.filters) / planarRate
    }
  }

  private func winograd(tile: Int, count: Double, channels: Double, filters: Double) -> Double {
    let points = Double((tile + 2) * (tile + 2))
    let block = Double(Layout.block)
    let padded = (channels / block).rounded(.up) * block
    let transform = count * (padded + filters) / block * (tile == 2 ? transforms.two : transforms.four)
    let chunks = (count / WeightGradientTiles.mostTiles(tile: tile, channels: padded + filters)).rounded(.up)
    return transform + points * filters * (count * channels / winogradRate + chunks * padded / sumRate)
      + filters * padded * weightTime
  }
}
