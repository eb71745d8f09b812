import CNNGraph

/// What a convolution takes on one core, by algorithm: a model with a few rates measured on one machine (AVX2, a peak
/// of 56 multiply-adds a nanosecond), for choosing among the algorithms. Only their ratios matter.
package struct ConvolutionCosts: Sendable {
  /// Multiply-adds a nanosecond of the kernels for row-major activations,
  package var planarRate = 34.0
  /// of the same where a group has few filters,
  package var rowsRate = 8.0
  /// of those for channel blocks,
  package var blocksRate = 50.0
  /// and of the products between Winograd's transforms.
  package var winogradRate = 49.0
  /// Multiply-adds a nanosecond of convolutions whose maxima are stored only,
  package var pooledRate = 46.0
  /// and elements a nanosecond that these copy,
  package var copyRate = 12.0
  /// and that a pool of two by two reads.
  package var poolRate = 5.0

  package init() {}

  /// Nanoseconds for a batch.
  /// - Parameter packing: nil for row-major weights.
  package func nanoseconds(
    of conv: Conv2D, _ packing: WeightPacking?, input: Shape, output: Shape, batch: Int
  ) -> Double {
    let taps = conv.window.kernel.height * conv.window.kernel.width
    let places = Double(batch * output.area * taps)
    let depth = Double(input.channels / conv.groups)
    // Kernels for channel blocks compute whole blocks of filters.
    let filters = Double(conv.groups * Layout.blocked(conv.filters / conv.groups))
    switch packing {
    case nil:
      let rate = conv.filters < 4 * conv.groups ? rowsRate : planarRate
      return places * depth * Double(conv.filters) / rate
    case .panels, .planarPanels: return places * depth * filters / blocksRate
    case .depthwise: return places * Double(Layout.blocked(conv.filters)) * 3 / blocksRate
    case .winograd(let tile):
      let tiles = WinogradTiles(tile: tile, input: input, output: output, batch: batch)
      return winograd(tiles, channels: input.channels, filters: Int(filters))
    }
  }

  private func winograd(_ tiles: WinogradTiles, channels: Int, filters: Int) -> Double {
    let points = Double((tiles.tile + 2) * (tiles.tile + 2))
    let count = Double(tiles.count)
    let blocks = (
      channels: Double(Layout.blocked(channels) / Layout.block), filters: Double(filters / Layout.block)
    )
    // Nanoseconds of a tile of a block: into the transform's domain, and back with what follows.
    let (input, output) = tiles.tile == 4 ? (170.0, 110.0) : (50, 35)
    let depth = Double(channels)
    let products = points * count * depth * Double(filters) / (winogradRate * depth / (depth + 4))
    let weights = 4 * points * blocks.channels * 16 * Double(filters)
    let chunks = Double(tiles.chunks.count)
    // Weights beyond the last cache come from memory again for each chunk, others from the cache.
    let reading =
      weights > 16 * 1_048_576 ? weights / 17 * chunks : weights / 17 + weights / 40 * (chunks - 1)
    return count * (blocks.channels * input + blocks.filters * output) + max(products + reading / 4, reading)
  }
}
