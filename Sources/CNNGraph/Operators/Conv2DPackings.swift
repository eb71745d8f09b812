import CNNSpec

extension Conv2D {
  package func outputLayout(inputs: [Layout], parameters: [Layout]) -> Layout? {
    guard parameters.dropFirst().allSatisfy({ $0 == .rowMajor }) else { return nil }
    switch parameters[0] {
    case .rowMajor: return inputs.allSatisfy { $0 == .rowMajor } ? .rowMajor : nil
    case .packed(.planarPanels):
      return inputs[0] == .rowMajor && inputs.dropFirst().allSatisfy { $0 == .channelBlocks }
        ? .channelBlocks : nil
    case .packed(.panels), .packed(.depthwise), .packed(.winograd):
      return inputs.allSatisfy { $0 == .channelBlocks } ? .channelBlocks : nil
    case .channelBlocks: return nil
    }
  }

  /// How the weights may be packed for an input of this shape; none where there are only row-major kernels.
  package func packings(for input: Shape) -> [WeightPacking] {
    guard connections == nil, isAddressable(input) else { return [] }
    if groups == input.channels, groups == filters, groups > 1 { return [.depthwise] }
    if groups > 1 {
      let packing = WeightPacking.panels(groups: groups)
      return packing.fits(weightDimensions(input.channels)) ? [packing] : []
    }
    var packings: [WeightPacking] = [.panels(groups: 1)]
    if input.channels < Layout.block { packings.append(.planarPanels) }
    if window.kernel == Size2D(height: 3, width: 3), window.stride == Size2D(height: 1, width: 1),
      window.dilation == Size2D(height: 1, width: 1)
    {
      packings += [.winograd(tile: 2), .winograd(tile: 4)]
    }
    return packings
  }

  /// Those that may be worth it for an input that lies so: few row-major channels are read as they lie, and blocks stay
  /// blocks.
  package func packings(for input: Shape, lying layout: Layout) -> [WeightPacking] {
    let all = packings(for: input)
    let isRead = layout == .rowMajor && all.contains(.planarPanels)
    return all.filter { packing in
      switch packing {
      case .planarPanels: isRead
      case .panels, .depthwise: !isRead
      case .winograd: true
      }
    }
  }

  /// Whether the kernels for channel blocks, which count a plane's pixels with 32 bits, may be used.
  private func isAddressable(_ input: Shape) -> Bool {
    let padding = window.padding
    let (limit, height) = (1 << 30, input.height + max(0, padding.top) + max(0, padding.bottom))
    let width = input.width + max(0, padding.left) + max(0, padding.right)
    return height < limit && width < limit && input.area < 2 * limit
  }

  /// The calls for packed weights.
  func lower(_ site: CallSite, packing: WeightPacking) -> [KernelCall] {
    switch packing {
    case .panels: [packedCall(.conv2dBlocks, site, groups: groups)]
    case .planarPanels: [packedCall(.conv2dPlanar, site, groups: 1)]
    case .depthwise: [packedCall(.conv2dDepthwise, site, groups: 1)]
    case .winograd(let tile): winogradCalls(site, tile: tile, output: site.outputShape, pools: false)
    }
  }

  private func packedCall(_ kernel: Kernel, _ site: CallSite, groups: Int) -> KernelCall {
    let residual = epilogue.residual(site)
    return KernelCall(
      kernel,
      [site.output, site.input, site.parameters[0], hasBias ? site.parameters[1] : nil, residual],
      [
        "batch": .integer(site.batch),
        "y_stride": .integer(site.output.imageStride),
        "x_stride": .integer(site.input.imageStride),
        "r_stride": .integer(residual?.imageStride ?? 0),
        "height": .integer(site.inputShape.height),
        "width": .integer(site.inputShape.width),
        "out_height": .integer(site.outputShape.height),
        "out_width": .integer(site.outputShape.width),
        "groups": .integer(groups),
        "channels": .integer(site.inputShape.channels / groups),
        "filters": .integer(filters / groups),
      ], window.arguments,
      [
        "function": .integer(epilogue.code.function),
        "alpha": .real(epilogue.code.alpha),
      ])
  }

  package func scratchBytes(
    inputs: [TensorType], parameters: [TensorType], outputs: [TensorType], batch: Int
  ) -> Int {
    guard case .packed(.winograd(let tile)) = parameters[0].layout else { return 0 }
    return WinogradTiles(tile: tile, input: inputs[0].shape, output: outputs[0].shape, batch: batch)
      .chunkBytes
  }

  /// Once for each chunk of tiles.
  package func parameterReads(
    inputs: [TensorType], parameters: [TensorType], outputs: [TensorType], batch: Int
  ) -> Int {
    guard case .packed(.winograd(let tile)) = parameters[0].layout else { return 1 }
    return WinogradTiles(tile: tile, input: inputs[0].shape, output: outputs[0].shape, batch: batch)
      .chunks.count
  }

  /// Pairs of calls for chunks of tiles: transform the input, then multiply and transform back.
  /// - Parameters:
  ///   - output: the convolution's.
  ///   - pools: whether only maxima of disjoint squares of two by two of it are stored.
  func winogradCalls(_ site: CallSite, tile: Int, output: Shape, pools: Bool) -> [KernelCall] {
    let tiles = WinogradTiles(tile: tile, input: site.inputShape, output: output, batch: site.batch)
    let residual = epilogue.residual(site)
    return tiles.chunks.flatMap { chunk in
      let tileArguments: KernelArguments = [
        "tile": .integer(tile), "tiles_down": .integer(tiles.down), "tiles_across": .integer(tiles.across),
        "first_tile": .integer(chunk.lowerBound), "tile_count": .integer(chunk.count),
      ]
      return [
        KernelCall(
          .winogradInput, [site.scratch, site.input],
          [
            "batch": .integer(site.batch),
            "x_stride": .integer(site.input.imageStride),
            "height": .integer(site.inputShape.height),
            "width": .integer(site.inputShape.width),
            "channels": .integer(site.inputShape.channels),
            "pad_top": .integer(window.padding.top),
            "pad_left": .integer(window.padding.left),
          ], tileArguments),
        KernelCall(
          .winogradOutput,
          [site.output, site.scratch, site.parameters[0], hasBias ? site.parameters[1] : nil, residual],
          [
            "batch": .integer(site.batch),
            "y_stride": .integer(site.output.imageStride),
            "r_stride": .integer(residual?.imageStride ?? 0),
            "out_height": .integer(output.height),
            "out_width": .integer(output.width),
            "channels": .integer(site.inputShape.channels),
            "filters": .integer(filters),
          ], tileArguments,
          [
            "pools": .integer(pools ? 1 : 0),
            "function": .integer(epilogue.code.function),
            "alpha": .real(epilogue.code.alpha),
          ]),
      ]
    }
  }
}

/// How Winograd's algorithm cuts a batch into tiles, and those into chunks that share scratch memory.
package struct WinogradTiles {
  let down: Int
  let across: Int
  let count: Int
  /// Bytes of one transformed tile.
  private let tileBytes: Int
  private let mostTiles: Int

  /// Sizes are those of values that memory holds.
  init(tile: Int, input: Shape, output: Shape, batch: Int) {
    down = (output.height + tile - 1) / tile
    across = (output.width + tile - 1) / tile
    count = down * across * batch
    tileBytes = (tile + 2) * (tile + 2) * Layout.blocked(input.channels) * ElementType.float32.byteCount
    mostTiles = Self.mostTiles(tile: tile, channels: input.channels)
  }

  /// Tiles of a chunk at most: what they are transformed to takes a mebibyte, since it is read again from the
  /// cache, but they are not so few that reading the weights again for each chunk costs more.
  package static func mostTiles(tile: Int, channels: Int) -> Int {
    let floats = Double((tile + 2) * (tile + 2)) * Double(Layout.blocked(channels))
    return max(Int(Double(1 << 20) / (4 * floats)), tile == 4 ? 25 : 48)
  }

  /// Chunks of nearly one size.
  private var chunkTiles: Int {
    let chunks = (count + mostTiles - 1) / mostTiles
    return (count + chunks - 1) / chunks
  }

  var chunkBytes: Int { chunkTiles * tileBytes }

  var chunks: [Range<Int>] {
    stride(from: 0, to: count, by: chunkTiles).map { $0..<min(count, $0 + chunkTiles) }
  }
}
