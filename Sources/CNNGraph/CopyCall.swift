/// A block of channels and rows inside one image, for the kernel that copies; columns lie side by side.
package struct ImageBlock: Hashable, Sendable {
  /// Elements from the image's first to the block's first.
  package var offset: Int
  package var channelStride: Int
  package var rowStride: Int

  package init(offset: Int, channelStride: Int, rowStride: Int) {
    self.offset = offset
    self.channelStride = channelStride
    self.rowStride = rowStride
  }

  /// The block that starts at a channel, row and column of a dense image.
  package init(in shape: Shape, channel: Int = 0, top: Int = 0, left: Int = 0) {
    self.init(
      offset: (channel * shape.height + top) * shape.width + left,
      channelStride: shape.height * shape.width, rowStride: shape.width)
  }
}

extension KernelCall {
  /// y = x for `extent` elements of each image, between blocks of two tensors: all data movement that keeps
  /// rows whole (concatenation, cropping, padding, shuffling) is this one kernel.
  package static func copy(
    _ extent: Shape, batch: Int, from source: Operand, _ sourceBlock: ImageBlock, to target: Operand,
    _ targetBlock: ImageBlock
  ) -> KernelCall {
    var (channels, rows, columns) = (extent.channels, extent.height, extent.width)
    // What is dense on both sides becomes one long row, so that the kernel moves it at once.
    if rows == 1 || (sourceBlock.rowStride == columns && targetBlock.rowStride == columns) {
      (rows, columns) = (1, rows * columns)
    }
    if rows == 1, sourceBlock.channelStride == columns, targetBlock.channelStride == columns {
      (channels, columns) = (1, channels * columns)
    }
    return KernelCall(
      .copy, [target, source],
      [
        "batch": .integer(batch),
        "channels": .integer(channels),
        "rows": .integer(rows),
        "columns": .integer(columns),
        "y_offset": .integer(targetBlock.offset),
        "x_offset": .integer(sourceBlock.offset),
        "y_stride": .integer(target.imageStride),
        "x_stride": .integer(source.imageStride),
        "y_channel_stride": .integer(targetBlock.channelStride),
        "x_channel_stride": .integer(sourceBlock.channelStride),
        "y_row_stride": .integer(targetBlock.rowStride),
        "x_row_stride": .integer(sourceBlock.rowStride),
      ])
  }

  /// The input's elements in the output, in the same order; nothing where both are the same memory.
  package static func move(_ site: CallSite) -> [KernelCall] {
    if site.input.lies(at: 0, of: site.output, batch: site.batch) { return [] }
    let row = Shape(1, 1, site.outputTypes[0].storedCount)
    let block = ImageBlock(in: row)
    return [.copy(row, batch: site.batch, from: site.input, block, to: site.output, block)]
  }
}

extension Operand {
  /// Whether each image of this tensor starts `offset` elements into the image of another.
  package func lies(at offset: Int, of whole: Operand, batch: Int) -> Bool {
    let bytes = offset * ElementType.float32.byteCount
    let isThere =
      switch (location, whole.location) {
      case (.arena(let own), .arena(let other)): own == other + bytes
      case (.constant(let own), .constant(let other)): own == other + bytes
      case (.parameter(let own), .parameter(let other)): own == other && offset == 0
      case (.arena, _), (.constant, _), (.parameter, _): false
      }
    return isThere && (batch == 1 || imageStride == whole.imageStride)
  }
}
