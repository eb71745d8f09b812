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

  /// One copy an input, into its slice of the output's channels; none for an input that the planner has
  /// placed there already.
  package func lower(_ site: CallSite) -> [KernelCall] {
    var calls: [KernelCall] = []
    var channel = 0
    for (type, input) in zip(site.inputTypes, site.inputs) {
      let slice = ImageBlock(in: site.outputShape, channel: channel)
      if !input.lies(at: slice.offset, of: site.output, batch: site.batch) {
        calls.append(
          .copy(
            type.shape, batch: site.batch, from: input, ImageBlock(in: type.shape), to: site.output, slice))
      }
      channel += type.shape.channels
    }
    return calls
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
