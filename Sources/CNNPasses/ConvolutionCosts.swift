import CNNGraph

/// What a convolution takes on one core, by algorithm: a model with a few measured rates, for choosing among them.
package struct ConvolutionCosts: Sendable {
  /// Multiplications and additions a nanosecond of the kernels for row-major activations, of those for channel
  /// blocks, and of the products between Winograd's transforms.
  package var planarRate = 34.0
  /// The same of row-major kernels where a group has few filters.
  package var rowsRate = 8.0
  package var blocksRate = 50.0
  package var winogradRate = 46.0
  /// Bytes a nanosecond of a transform, read and written.
  package var transformRate = 14.0
  /// Bytes a nanosecond of weights that do not stay in the cache.
  package var weightsRate = 12.0

  package init() {}

  /// Nanoseconds for a batch, or nil where there is no such kernel for the convolution.
  /// - Parameter packing: nil for row-major weights.
  package func nanoseconds(
    of conv: Conv2D, _ packing: WeightPacking?, input: Shape, output: Shape, batch: Int
  ) -> Double {
    let images = Double(batch)
    let taps = Double(conv.window.kernel.height * conv.window.kernel.width)
    let depth = Double(input.channels / conv.groups)
    let pixels = Double(output.area)
    let filters = Double(conv.filters)
    // Kernels for channel blocks compute whole blocks of filters.
    let paddedFilters = Double(conv.groups * Self.padded(conv.filters / conv.groups))
    switch packing {
    case nil:
      return images * pixels * taps * depth * filters / (filters < 4 * Double(conv.groups) ? rowsRate : planarRate)
    case .panels, .planarPanels: return images * pixels * taps * depth * paddedFilters / blocksRate
    case .depthwise: return images * pixels * taps * Double(Self.padded(conv.filters)) / blocksRate * 3
    case .winograd(let tile):
      return winograd(
        tile: tile, batch: batch, output: output, channels: Double(Self.padded(input.channels)),
        filters: paddedFilters)
    }
  }

  private func winograd(tile: Int, batch: Int, output: Shape, channels: Double, filters: Double) -> Double {
    let points = Double((tile + 2) * (tile + 2))
    let down = (output.height + tile - 1) / tile
    let across = (output.width + tile - 1) / tile
    let tiles = Double(batch * down * across)
    let products = points * tiles * channels * filters / winogradRate
    let elements = Double(tile * tile)
    let transforms = 4 * tiles * (channels * (points + elements) + filters * (points + elements)) / transformRate
    let weights = 4 * points * channels * filters / weightsRate
    return max(products, weights) + transforms
  }

  private static func padded(_ channels: Int) -> Int { (channels + Layout.block - 1) / Layout.block * Layout.block }
}
