import CNNSpec

extension Conv2DWeightGradient {
  /// Whether Winograd's algorithm computes it where x and dy lie in channel blocks: of 3x3, stride 1, without
  /// dilation, groups and table.
  package var acceptsWinograd: Bool {
    let one = Size2D(height: 1, width: 1)
    return conv.connections == nil && conv.groups == 1 && conv.window.stride == one
      && conv.window.dilation == one && conv.window.kernel == Size2D(height: 3, width: 3)
  }

  /// For each chunk of tiles: transform x and dy, add their products; at the end transform the sums to dw.
  func lowerWinograd(_ site: CallSite, tile: Int) -> [KernelCall] {
    guard let scratch = site.scratch else { preconditionFailure("Winograd's algorithm needs scratch memory") }
    let (input, output) = (site.inputTypes[0].shape, site.inputTypes[1].shape)
    let tiles = WeightGradientTiles(tile: tile, site.inputTypes, batch: site.batch)
    let (v, m) = (scratch.advanced(by: tiles.sums), scratch.advanced(by: tiles.sums + tiles.x))
    let sizes: KernelArguments = [
      "channels": .integer(input.channels), "filters": .integer(output.channels), "tile": .integer(tile),
    ]
    let chunks = tiles.chunks.flatMap { chunk in
      [
        transform(.winogradGradientX, v, site, 0, padding: conv.window.padding, tiles, chunk),
        transform(.winogradGradientDy, m, site, 1, padding: Padding(0), tiles, chunk),
        KernelCall(
          .winogradGradientMultiply, [scratch, v, m], sizes,
          ["tile_count": .integer(chunk.count), "adds": .integer(chunk.lowerBound > 0 ? 1 : 0)]),
      ]
    }
    return chunks + [KernelCall(.winogradGradientFinish, [site.output, scratch], sizes)]
  }

  private func transform(
    _ kernel: Kernel, _ target: Operand, _ site: CallSite, _ index: Int, padding: Padding,
    _ tiles: WeightGradientTiles, _ chunk: Range<Int>
  ) -> KernelCall {
    let shape = site.inputTypes[index].shape
    return KernelCall(
      kernel, [target, site.inputs[index]],
      [
        "batch": .integer(site.batch),
        "x_stride": .integer(site.inputs[index].imageStride),
        "height": .integer(shape.height),
        "width": .integer(shape.width),
        "channels": .integer(shape.channels),
        "pad_top": .integer(padding.top),
        "pad_left": .integer(padding.left),
        "tile": .integer(tiles.tile),
        "tiles_down": .integer(tiles.down),
        "tiles_across": .integer(tiles.across),
        "first_tile": .integer(chunk.lowerBound),
        "tile_count": .integer(chunk.count),
      ])
  }
}

/// How Winograd's algorithm for a weight gradient cuts dy into tiles, and those into chunks that share scratch memory:
/// first the sums of products, then a chunk's transformed x, then its transformed dy.
package struct WeightGradientTiles {
  package let tile: Int
  let down: Int
  let across: Int
  /// Tiles of the batch, and of a chunk.
  package let count: Int
  package let chunk: Int
  /// Floats of the sums, of a chunk's x and of its dy.
  let sums: Int
  let x: Int
  let dy: Int

  /// Sizes are those of values that memory holds.
  package init(tile: Int, _ inputs: [TensorType], batch: Int) {
    let (input, output) = (inputs[0].shape, inputs[1].shape)
    let (channels, filters) = (Layout.blocked(input.channels), Layout.blocked(output.channels))
    let elements = (tile + 2) * (tile + 2)
    self.tile = tile
    down = (output.height + tile - 1) / tile
    across = (output.width + tile - 1) / tile
    count = down * across * batch
    let most = Int(Self.mostTiles(tile: tile, channels: Double(channels) + Double(filters)))
    let chunks = (count + most - 1) / most
    chunk = (count + chunks - 1) / chunks
    sums = elements * (channels * filters + Layout.block)
    x = elements * (chunk * channels + Layout.block)
    dy = elements * (chunk * filters + Layout.block)
  }

  /// Tiles of a chunk at most: what they are transformed to takes a mebibyte, since it is read again from the cache,
  /// but they are not so few that going through all sums for each chunk costs more.
  /// - Parameter channels: of x and dy together, in whole blocks.
  package static func mostTiles(tile: Int, channels: Double) -> Double {
    let fitting = Double(1 << 18) / (Double((tile + 2) * (tile + 2)) * channels)
    return min(max(fitting, 32), 256).rounded(.down)
  }

  var chunks: [Range<Int>] {
    stride(from: 0, to: count, by: chunk).map { $0..<min(count, $0 + chunk) }
  }

  var scratchBytes: Int { (sums + x + dy) * ElementType.float32.byteCount }
}
