/// How the elements of a tensor lie in memory. The logical order of dimensions is the same for all: `[C, H, W]` of
/// an activation, `[K, D/groups, F, F]` of a convolution's weights.
package enum Layout: Hashable, Sendable {
  /// The last dimension's elements lie side by side.
  case rowMajor
  /// An activation in blocks of sixteen channels, a pixel's sixteen side by side:
  /// `[C/16][H][W][16]`. What lies at channels that do not exist is anything.
  case channelBlocks
  /// A convolution's weights as its kernel reads them.
  case packed(WeightPacking)

  /// Channels of a block: what every instruction set has whole vectors for, AVX-512 one.
  package static let block = 16

  /// A number of channels, rounded up to whole blocks.
  package static func blocked(_ channels: Int) -> Int {
    let (padded, overflow) = channels.addingReportingOverflow(block - 1)
    return overflow ? .max : padded / block * block
  }
}

/// The orders in which kernels read a convolution's weights. Where a block of sixteen filters or channels is
/// not full, there are zeros. Which packing the weights have says how the convolution is computed.
package enum WeightPacking: Hashable, Sendable {
  /// `[group][K/groups/16][D/groups/16][F*F][16 channels][16 filters]`: channel blocks in and out.
  case panels(groups: Int)
  /// `[K/16][D][F*F][16 filters]`: row-major in, channel blocks out, for the few channels of an image.
  case planarPanels
  /// `[C/16][F*F][16]`: one kernel a channel, channel blocks in and out.
  case depthwise
  /// Transformed for F(tile x tile, 3x3): (tile + 2)^2 matrices `[K, D]`, channel blocks in and out. Winograd
  /// 1980; Lavin, Gray: Fast algorithms for convolutional neural networks, CVPR 2016.
  case winograd(tile: Int)
}

extension TensorType {
  /// Numbers whose product is the elements that one image, or the parameter, takes in memory.
  package var storedDimensions: [Int] {
    switch layout {
    case .rowMajor: dimensions
    case .channelBlocks: [Layout.blocked(dimensions[0])] + dimensions.dropFirst()
    case .packed(.panels(let groups)):
      [groups, Layout.blocked(dimensions[0] / groups), Layout.blocked(dimensions[1])]
        + dimensions.dropFirst(2)
    case .packed(.planarPanels): [Layout.blocked(dimensions[0])] + dimensions.dropFirst()
    case .packed(.depthwise): [Layout.blocked(dimensions[0])] + dimensions.dropFirst(2)
    case .packed(.winograd(let tile)):
      [(tile + 2) * (tile + 2), Layout.blocked(dimensions[0]), Layout.blocked(dimensions[1])]
    }
  }

  /// Elements that one image, or the parameter, takes in memory.
  package var storedCount: Int { storedDimensions.reduce(1, *) }

  /// The same tensor lying otherwise.
  package func laid(out layout: Layout) -> TensorType {
    var type = self
    type.layout = layout
    return type
  }
}
