import CNNSpec

extension Conv2DWeightGradient {
  /// Whether there is a kernel for x and dy that lie so.
  /// - Parameters:
  ///   - layouts: of x and of dy.
  ///   - inputShape: x's.
  package func accepts(_ layouts: [Layout], inputShape: Shape) -> Bool {
    if let winogradTile {
      return [2, 4].contains(winogradTile) && acceptsWinograd && layouts == [.channelBlocks, .channelBlocks]
    }
    return switch (layouts[0], layouts[1]) {
    case (.rowMajor, .rowMajor): true
    case (.channelBlocks, .channelBlocks): acceptsBlocks(inputShape: inputShape)
    case (.rowMajor, .channelBlocks): acceptsImage(inputShape: inputShape)
    default: false
    }
  }

  /// Whether x and dy may both lie in channel blocks: without a table of connections, and with groups that are one,
  /// whole blocks, or one for each channel and filter.
  package func acceptsBlocks(inputShape: Shape) -> Bool {
    guard conv.connections == nil else { return false }
    let (channels, groups) = (inputShape.channels, conv.groups)
    return groups == 1 || isDepthwise(inputShape)
      || (channels / groups % Layout.block == 0 && conv.filters / groups % Layout.block == 0)
  }

  /// Whether dy may lie in channel blocks where x is row-major: an image, of fewer channels than a block has.
  package func acceptsImage(inputShape: Shape) -> Bool {
    conv.connections == nil && conv.groups == 1 && inputShape.channels < Layout.block
  }

  private func isDepthwise(_ input: Shape) -> Bool {
    conv.groups > 1 && conv.groups == input.channels && conv.groups == conv.filters
  }

  /// The kernel that reads a dy in channel blocks.
  private func kernel(_ inputs: [TensorType]) -> Kernel {
    if inputs[0].layout == .rowMajor { return .conv2dWeightGradientImage }
    return isDepthwise(inputs[0].shape) ? .conv2dWeightGradientDepthwise : .conv2dWeightGradientBlocks
  }

  /// How a call is divided into units, and those among parts of the batch whose sums are added afterwards.
  private func division(_ inputs: [TensorType], batch: Int) -> WeightGradientDivision {
    let (input, output) = (inputs[0].shape, inputs[1].shape)
    let kernel = kernel(inputs)
    let groups = kernel == .conv2dWeightGradientBlocks ? conv.groups : 1
    let taps = conv.window.kernel.height * conv.window.kernel.width
    var division = WeightGradientDivision()
    var units = groups
    func take(_ blocks: Int, atMost most: Int) -> Int {
      units *= (blocks + most - 1) / most
      return min(blocks, most)
    }
    let filterBlocks = Layout.blocked(conv.filters / groups) / Layout.block
    let channelBlocks = Layout.blocked(input.channels / groups) / Layout.block
    switch kernel {
    case .conv2dWeightGradientImage: division.filterBlocks = take(filterBlocks, atMost: 4)
    case .conv2dWeightGradientDepthwise: units *= filterBlocks
    default:
      // The fewer taps use what a unit reads, the more blocks have to.
      let most = taps < 4 ? 8 : taps < 9 ? 4 : 2
      division.filterBlocks = take(filterBlocks, atMost: most)
      division.channelBlocks = take(channelBlocks, atMost: most)
    }
    let products =
      Double(batch) * Double(output.area)
      * conv.weightDimensions(input.channels).reduce(1.0) { $0 * Double($1) }
    let worth = min(Double(batch) * Double(output.height), products / WeightGradientDivision.leastProducts)
    let wanted = (WeightGradientDivision.units + units - 1) / units
    division.parts = max(1, Int(min(Double(wanted), worth)))
    return division
  }

  package func scratchBytes(
    inputs: [TensorType], parameters: [TensorType], outputs: [TensorType], batch: Int
  ) -> Int {
    if let winogradTile {
      return WeightGradientTiles(tile: winogradTile, inputs, batch: batch).scratchBytes
    }
    guard inputs[1].layout == .channelBlocks else { return 0 }
    let parts = division(inputs, batch: batch).parts
    let bytes = CheckedInteger(parts) * outputs[0].count * ElementType.float32.byteCount
    return parts == 1 ? 0 : bytes.value ?? .max
  }

  /// The calls for a dy in channel blocks.
  func lowerBlocks(_ site: CallSite) -> [KernelCall] {
    let (input, output) = (site.inputTypes[0].shape, site.inputTypes[1].shape)
    let (kernel, division) = (kernel(site.inputTypes), division(site.inputTypes, batch: site.batch))
    let groups = kernel == .conv2dWeightGradientBlocks ? conv.groups : 1
    let call = KernelCall(
      kernel, [division.parts > 1 ? site.scratch : site.output, site.inputs[0], site.inputs[1]],
      [
        "batch": .integer(site.batch),
        "x_stride": .integer(site.inputs[0].imageStride),
        "dy_stride": .integer(site.inputs[1].imageStride),
        "height": .integer(input.height),
        "width": .integer(input.width),
        "out_height": .integer(output.height),
        "out_width": .integer(output.width),
        "groups": .integer(groups),
        "channels": .integer(input.channels / groups),
        "filters": .integer(conv.filters / groups),
      ], conv.window.arguments,
      [
        "filter_blocks": .integer(division.filterBlocks),
        "channel_blocks": .integer(division.channelBlocks),
        "parts": .integer(division.parts),
      ])
    guard division.parts > 1 else { return [call] }
    let sum = KernelCall(
      .sumParts, [site.output, site.scratch],
      ["count": .integer(site.outputTypes[0].count), "parts": .integer(division.parts)])
    return [call, sum]
  }
}

/// What a unit of a weight gradient's kernel computes, and the parts that the batch's rows are divided into.
private struct WeightGradientDivision {
  /// Units that there are at least, where the batch has enough rows,
  static let units = 8
  /// and products of a part at least.
  static let leastProducts = 500_000.0

  var filterBlocks = 1
  var channelBlocks = 1
  var parts = 1
}
