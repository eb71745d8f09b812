import CNNSpec

extension Conv2D {
  /// Which filters one call computes from which channels of the input.
  private struct Part: Hashable {
    var filters: Range<Int>
    var channels: Range<Int>
    /// Whether the call starts the sum (from the bias, and the residual) and whether it ends it.
    var isFirst: Bool
    var isLast: Bool
  }

  /// One call; with a table of connections one for each run of neighbouring channels of each filter, which
  /// adds to what the runs before it have stored.
  package func lower(_ site: CallSite) -> [KernelCall] {
    if case .packed(let packing) = site.parameterTypes[0].layout { return lower(site, packing: packing) }
    return parts(channels: site.inputShape.channels).map { call($0, site) }
  }

  private func parts(channels: Int) -> [Part] {
    guard let connections else {
      return [Part(filters: 0..<filters, channels: 0..<channels, isFirst: true, isLast: true)]
    }
    let tables = connections.map { $0.sorted() }
    var parts: [Part] = []
    var start = 0
    while start < filters {
      let end = (start..<filters).first { tables[$0] != tables[start] } ?? filters
      let runs = Self.runs(tables[start])
      for (index, run) in runs.enumerated() {
        parts.append(
          Part(filters: start..<end, channels: run, isFirst: index == 0, isLast: index == runs.count - 1))
      }
      start = end
    }
    return parts
  }

  /// The ranges of consecutive numbers of a sorted list; an empty range for an empty list, since a filter
  /// without connections still has its bias.
  static func runs(_ sorted: [Int]) -> [Range<Int>] {
    var runs: [Range<Int>] = []
    for channel in sorted {
      if let last = runs.last, last.upperBound == channel {
        runs[runs.count - 1] = last.lowerBound..<channel + 1
      } else {
        runs.append(channel..<channel + 1)
      }
    }
    return runs.isEmpty ? [0..<0] : runs
  }

  private func call(_ part: Part, _ site: CallSite) -> KernelCall {
    let (input, output) = (site.inputShape, site.outputShape)
    let residual = part.isFirst ? epilogue.residual(site) : site.output
    let code = part.isLast ? epilogue.code : Epilogue.none.code
    // Below four filters a group, blocking over filters has nothing to share.
    let kernel = part.filters.count / groups < 4 ? Kernel.conv2dRows : .conv2d
    return KernelCall(
      kernel,
      [
        site.output, site.input, site.parameters[0],
        hasBias && part.isFirst ? site.parameters[1] : nil, residual,
      ],
      [
        "batch": .integer(site.batch),
        "y_stride": .integer(site.output.imageStride),
        "x_stride": .integer(site.input.imageStride),
        "r_stride": .integer(residual?.imageStride ?? 0),
        "height": .integer(input.height),
        "width": .integer(input.width),
        "out_height": .integer(output.height),
        "out_width": .integer(output.width),
        "groups": .integer(groups),
        "channels": .integer(part.channels.count / groups),
        "filters": .integer(part.filters.count / groups),
        "weight_channels": .integer(input.channels / groups),
        "first_channel": .integer(part.channels.lowerBound),
        "first_filter": .integer(part.filters.lowerBound),
      ], window.arguments,
      [
        "function": .integer(code.function),
        "alpha": .real(code.alpha),
      ])
  }
}
