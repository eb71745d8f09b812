/// The inputs' channels behind one another. Output: (C1 + C2 + ... + Cn) x H x W of inputs of one height and width.
package struct Concat: LayerOperator {
  package static var name: String { "concat" }

  package init() {}

  package func outputShape(for inputs: [Shape]) -> Shape? {
    guard let first = inputs.first, inputs.allSatisfy({ $0.size == first.size }) else { return nil }
    var channels: CheckedInteger = 0
    for input in inputs { channels += CheckedInteger(input.channels) }
    return .checked(channels.value, first.height, first.width)
  }

  package func outputLayout(inputs: [Layout], parameters: [Layout]) -> Layout? {
    commonLayout(inputs: inputs, parameters: parameters)
  }

  /// Whether the output is its inputs' memory behind one another: all but the last in whole blocks of channels.
  package static func joins(_ inputs: [TensorType]) -> Bool {
    inputs.dropLast().allSatisfy { $0.layout == .rowMajor || $0.storedCount == $0.count }
  }

  /// One copy an input, into its slice of the output's channels; none for an input that the planner has
  /// placed there already.
  package func lower(_ site: CallSite) -> [KernelCall] {
    var calls: [KernelCall] = []
    var channel = 0
    for (type, input) in zip(site.inputTypes, site.inputs) {
      let offset = channel * type.shape.area
      if channel % Layout.block != 0, site.isInBlocks {
        calls.append(copyIntoBlocks(type, input, at: channel, site))
      } else if !input.lies(at: offset, of: site.output, batch: site.batch) {
        let row = Shape(1, 1, type.storedCount)
        let slice = ImageBlock(offset: offset, channelStride: row.count, rowStride: row.count)
        calls.append(
          .copy(row, batch: site.batch, from: input, ImageBlock(in: row), to: site.output, slice))
      }
      channel += type.shape.channels
    }
    return calls
  }

  /// Channels that begin in the middle of a block.
  private func copyIntoBlocks(
    _ type: TensorType, _ input: Operand, at channel: Int, _ site: CallSite
  ) -> KernelCall {
    KernelCall(
      .copyBlocks, [site.output, input],
      [
        "batch": .integer(site.batch),
        "y_stride": .integer(site.output.imageStride),
        "x_stride": .integer(input.imageStride),
        "channels": .integer(type.shape.channels),
        "area": .integer(type.shape.area),
        "first_channel": .integer(channel),
        "first_x_channel": .integer(0),
      ])
  }

  package func evaluate<Scalar: ReferenceScalar>(
    _ inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>]
  ) -> Tensor<Scalar> {
    guard let output = outputShape(for: inputs.map(\.shape)) else { preconditionFailure("verified") }
    let sources = inputs.flatMap { x in (0..<x.shape.channels).map { (x, $0) } }
    return Tensor(batch: inputs[0].batch, output) { n, c, row, column in
      sources[c].0[n, sources[c].1, row, column]
    }
  }
}
