import CNNSpec

/// Which part of the network's input an element sees, along one side.
///
/// Element i sees the pixels from `offset + i * stride`, `size` of them; padding makes offsets negative,
/// upsampling makes strides fractions (Araujo, Norris, Sim: Computing Receptive Fields of Convolutional
/// Neural Networks, Distill 2019).
package struct ReceptiveSide: Hashable, Sendable {
  package var size: Double
  package var stride: Double
  package var offset: Double

  static let input = ReceptiveSide(size: 1, stride: 1, offset: 0)

  /// Behind a window.
  func window(extent: Int, stride: Int, before: Int) -> Self {
    Self(
      size: size + Double(extent - 1) * self.stride, stride: self.stride * Double(stride),
      offset: offset - Double(before) * self.stride)
  }

  /// Behind a transposed window: output o reads the inputs i with i*S - P <= o < i*S - P + F.
  func transposed(kernel: Int, stride: Int, before: Int) -> Self {
    let first = (Double(before - kernel + 1) / Double(stride)).rounded(.up)
    let count = (Double(kernel) / Double(stride)).rounded(.up)
    return Self(
      size: size + (count - 1) * self.stride, stride: self.stride / Double(stride),
      offset: offset + first * self.stride)
  }

  /// Behind what reads all of the side's elements.
  func whole(length: Int) -> Self { window(extent: length, stride: 1, before: 0) }

  /// What either sees.
  func union(_ other: Self) -> Self {
    let start = min(offset, other.offset)
    return Self(
      size: max(offset + size, other.offset + other.size) - start, stride: min(stride, other.stride),
      offset: start)
  }
}

/// The receptive field of an element of a layer's output.
package struct ReceptiveField: Hashable, Sendable {
  package var height: ReceptiveSide
  package var width: ReceptiveSide

  static let input = ReceptiveField(height: .input, width: .input)

  func union(_ other: Self) -> Self {
    Self(height: height.union(other.height), width: width.union(other.width))
  }

  /// The field behind an operator.
  func behind(_ op: Op, input: Shape) -> Self {
    switch op {
    case .conv2d(let conv): return behind(conv.window)
    case .convPool2d(let both): return behind(both.conv.window).behind(both.pool.window)
    case .pool2d(let pool): return behind(pool.window)
    case .deconv2d(let deconv):
      return Self(
        height: height.transposed(
          kernel: deconv.kernel.height, stride: deconv.stride.height, before: deconv.padding.top),
        width: width.transposed(
          kernel: deconv.kernel.width, stride: deconv.stride.width, before: deconv.padding.left))
    case .unpool2d(let unpool):
      return Self(
        height: height.transposed(
          kernel: unpool.window.kernel.height, stride: unpool.window.stride.height,
          before: unpool.window.padding.top),
        width: width.transposed(
          kernel: unpool.window.kernel.width, stride: unpool.window.stride.width,
          before: unpool.window.padding.left))
    case .dense, .radialBasis, .reshape:
      return Self(height: height.whole(length: input.height), width: width.whole(length: input.width))
    case .pad2d(let pad):
      return Self(
        height: height.window(extent: 1, stride: 1, before: pad.padding.top),
        width: width.window(extent: 1, stride: 1, before: pad.padding.left))
    case .crop2d(let crop):
      return Self(
        height: height.window(extent: 1, stride: 1, before: -crop.offsetTop),
        width: width.window(extent: 1, stride: 1, before: -crop.offsetLeft))
    case .upsample2d(let upsample):
      // Bilinear interpolation reads two neighbours, the first of them half a pixel before.
      let kernel = upsample.mode == .bilinear ? 2 : 1
      func side(_ side: ReceptiveSide, _ factor: Int) -> ReceptiveSide {
        var result = side.window(extent: kernel, stride: 1, before: kernel - 1)
        result.stride = side.stride / Double(factor)
        return result
      }
      return Self(height: side(height, upsample.factor.height), width: side(width, upsample.factor.width))
    case .activation, .localResponseNorm, .softmax, .prelu, .batchNorm, .channelAffine, .dropout, .identity,
      .channelShuffle, .add, .multiply, .concat, .foldBatchNorm, .changeLayout, .gradient, .training:
      return self
    }
  }

  private func behind(_ window: Window2D) -> Self {
    func extent(_ kernel: Int, _ dilation: Int) -> Int { dilation * (kernel - 1) + 1 }
    return Self(
      height: height.window(
        extent: extent(window.kernel.height, window.dilation.height), stride: window.stride.height,
        before: window.padding.top),
      width: width.window(
        extent: extent(window.kernel.width, window.dilation.width), stride: window.stride.width,
        before: window.padding.left))
  }
}
