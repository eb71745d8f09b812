import CNNSpec

/// The receptive field of the elements of a layer's output.
package struct ReceptiveField: Hashable, Sendable {
  package var height: ReceptiveSide
  package var width: ReceptiveSide

  static let input = ReceptiveField(height: .input, width: .input)

  private init(height: ReceptiveSide, width: ReceptiveSide) {
    self.height = height
    self.width = width
  }

  /// Nil where a side is not known.
  private init?(_ height: ReceptiveSide?, _ width: ReceptiveSide?) {
    guard let height, let width else { return nil }
    self.init(height: height, width: width)
  }

  func union(_ other: Self) -> Self? {
    Self(height.union(other.height), width.union(other.width))
  }

  /// The field behind an operator; nil where it is beyond what a ``ReceptiveSide`` holds.
  func behind(_ op: Op, input: Shape) -> Self? {
    switch op {
    case .conv2d(let conv): return behind(conv.window)
    case .convPool2d(let both): return behind(both.conv.window)?.behind(both.pool.window)
    case .pool2d(let pool): return behind(pool.window)
    case .deconv2d(let deconv): return transposed(deconv.kernel, deconv.stride, deconv.padding)
    case .unpool2d(let unpool):
      return transposed(unpool.window.kernel, unpool.window.stride, unpool.window.padding)
    case .dense, .radialBasis, .reshape:
      return Self(height.whole(length: input.height), width.whole(length: input.width))
    case .pad2d(let pad): return moved(top: pad.padding.top, left: pad.padding.left)
    case .crop2d(let crop): return moved(top: -crop.offsetTop, left: -crop.offsetLeft)
    case .upsample2d(let upsample):
      switch upsample.mode {
      case .nearest: return transposed(upsample.factor, upsample.factor, .none)
      case .bilinear:
        return Self(
          height.interpolated(factor: upsample.factor.height),
          width.interpolated(factor: upsample.factor.width))
      }
    case .activation, .localResponseNorm, .softmax, .prelu, .batchNorm, .channelAffine, .dropout, .identity,
      .channelShuffle, .add, .multiply, .concat, .foldBatchNorm, .changeLayout, .gradient, .training:
      return self
    }
  }

  private func behind(_ window: Window2D) -> Self? {
    func extent(_ kernel: Int, _ dilation: Int) -> Int { dilation * (kernel - 1) + 1 }
    return Self(
      height.window(
        extent: extent(window.kernel.height, window.dilation.height), stride: window.stride.height,
        before: window.padding.top),
      width.window(
        extent: extent(window.kernel.width, window.dilation.width), stride: window.stride.width,
        before: window.padding.left))
  }

  private func transposed(_ kernel: Size2D, _ stride: Size2D, _ padding: Padding) -> Self? {
    Self(
      height.transposed(kernel: kernel.height, stride: stride.height, before: padding.top),
      width.transposed(kernel: kernel.width, stride: stride.width, before: padding.left))
  }

  /// Behind rows and columns that are added above and to the left, or left out.
  private func moved(top: Int, left: Int) -> Self? {
    Self(
      height.window(extent: 1, stride: 1, before: top), width.window(extent: 1, stride: 1, before: left))
  }
}
