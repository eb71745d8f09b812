/// Makes inputs of embedded networks; emitted code calls it.
public enum EmbeddedInput {
  /// The elements of one batch, planes of numbers, from the bytes of images.
  /// - Parameters:
  ///   - pixels: images behind one another, pixel behind pixel, each with its channels.
  ///   - shape: channels, height and width of an image.
  ///   - images: how many there are.
  ///   - scale: factor on each byte.
  ///   - mean: subtracted then: one number, or one a channel.
  ///   - std: divided by then: one number, or one a channel.
  ///   - isReversed: whether the network's first channel is the image's last.
  /// - Throws: `inputCount`.
  public static func elements(
    pixels: Span<UInt8>, shape: [Int], images: Int, scale: Double, mean: [Double], std: [Double],
    isReversed: Bool
  ) throws(EmbeddingError) -> [Float] {
    let count = shape.reduce(1, *)
    guard pixels.count == images * count else {
      throw .inputCount(of: "pixels", expected: images * count, found: pixels.count)
    }
    let table = PixelTable(channels: shape[0], scale: scale, mean: mean, std: std, isReversed: isReversed)
    return [Float](unsafeUninitializedCapacity: images * count) { target, initialized in
      pixels.withUnsafeBufferPointer { pixels in
        for image in 0..<images {
          let range = image * count..<(image + 1) * count
          table.fill(
            UnsafeMutableBufferPointer(rebasing: target[range]),
            from: UnsafeBufferPointer(rebasing: pixels[range]))
        }
      }
      initialized = images * count
    }
  }

  /// The elements of one batch, which are numbers already.
  /// - Throws: `inputCount`.
  public static func elements(values: Span<Float>, count: Int) throws(EmbeddingError) -> [Float] {
    guard values.count == count else {
      throw .inputCount(of: "values", expected: count, found: values.count)
    }
    return values.withUnsafeBufferPointer { Array($0) }
  }
}
