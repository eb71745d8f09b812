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
  /// of the one that reads row-major images and stores blocks,
  package var imageRate = 40.0
  /// and of the products between Winograd's transforms, of which a few channels' worth of time is overhead.
  package var winogradRate = 49.0
  package var winogradOverhead = 4.0
  /// Nanoseconds of Winograd's transforms of a tile of a block of channels: of the input, and of the products with
  /// what follows them.
  package var smallTileTransforms = (input: 50.0, output: 35.0)
  package var largeTileTransforms = (input: 170.0, output: 110.0)
  /// Bytes a nanosecond from memory and from the last cache, and bytes that this holds of Winograd's weights,
  package var memoryRate = 17.0
  package var cacheRate = 40.0
  package var cachedBytes = 16.0 * 1_048_576
  /// and the part of reading them that does not happen while something else is computed.
  package var exposedReading = 0.25
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
    // Sizes may be such that only floating-point numbers hold their products: the planner complains later.
    let taps = Double(conv.window.kernel.height) * Double(conv.window.kernel.width)
    let places = Double(batch) * Double(output.area) * taps
    let depth = Double(input.channels / conv.groups)
    // Kernels for channel blocks compute whole blocks of filters.
    let filters = Double(conv.groups) * Double(Layout.blocked(conv.filters / conv.groups))
    switch packing {
    case nil:
      let rate = conv.filters / conv.groups < 4 ? rowsRate : planarRate
      return places * depth * Double(conv.filters) / rate
    case .panels: return places * depth * filters / blocksRate
    case .planarPanels: return places * depth * filters / imageRate
    case .depthwise: return places * Double(Layout.blocked(conv.filters)) * 3 / blocksRate
    case .winograd(let tile):
      let down = Double((output.height + tile - 1) / tile)
      let across = Double((output.width + tile - 1) / tile)
      return winograd(
        tile: tile, count: Double(batch) * down * across, channels: input.channels, filters: filters)
    }
  }

  private func winograd(tile: Int, count: Double, channels: Int, filters: Double) -> Double {
    let points = Double((tile + 2) * (tile + 2))
    let (depth, paddedDepth) = (Double(channels), Double(Layout.blocked(channels)))
    let transform = tile == 4 ? largeTileTransforms : smallTileTransforms
    let transforms =
      count * (paddedDepth * transform.input + filters * transform.output) / Double(Layout.block)
    let products =
      points * count * depth * filters / (winogradRate * depth / (depth + winogradOverhead))
    // Weights beyond the last cache come from memory again for each chunk of tiles, others from the cache.
    let weights = 4 * points * paddedDepth * filters
    let chunks = (count / Double(WinogradTiles.mostTiles(tile: tile, channels: channels))).rounded(.up)
    let reading =
      weights > cachedBytes
      ? weights / memoryRate * chunks : weights / memoryRate + weights / cacheRate * (chunks - 1)
    return transforms + max(products + exposedReading * reading, reading)
  }
}
