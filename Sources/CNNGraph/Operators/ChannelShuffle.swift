/// Channels as a matrix of `groups` rows, transposed: input channel i*(C/groups) + j becomes output channel
/// j*groups + i. Output: the input's shape.
///
/// Zhang et al., ShuffleNet, arXiv:1707.01083.
package struct ChannelShuffle: LayerOperator {
  package var groups: Int

  package static var name: String { "channel_shuffle" }

  package init(groups: Int) { self.groups = groups }

  package func outputShape(for inputs: [Shape]) -> Shape? {
    guard inputs.count == 1, groups > 0, inputs[0].channels % groups == 0 else { return nil }
    return inputs[0]
  }

  /// A copy of (C/groups) x groups rows of a whole plane each, read with the strides exchanged.
  package func lower(_ site: CallSite) -> [KernelCall] {
    let (area, members) = (site.outputShape.area, site.outputShape.channels / groups)
    return [
      .copy(
        Shape(members, groups, area), batch: site.batch,
        from: site.input, ImageBlock(offset: 0, channelStride: area, rowStride: members * area),
        to: site.output, ImageBlock(offset: 0, channelStride: groups * area, rowStride: area))
    ]
  }

  package func evaluate<Scalar: ReferenceScalar>(
    _ inputs: [Tensor<Scalar>], parameters: [Tensor<Scalar>]
  ) -> Tensor<Scalar> {
    let x = inputs[0]
    let members = x.shape.channels / groups
    return Tensor(batch: x.batch, x.shape) { n, c, row, column in
      x[n, c % groups * members + c / groups, row, column]
    }
  }
}
