/// What the bytes of an image become: `(byte * scale - mean) / std` for each channel, computed in Double and rounded to
/// Float once.
package struct PixelTable: Sendable {
  /// `[channels][256]`
  private let values: [Float]
  private let channels: Int
  /// Whether the network's first channel is the image's last.
  private let isReversed: Bool

  /// - Parameters:
  ///   - mean: one number, or one a channel.
  ///   - std: one number, or one a channel.
  package init(channels: Int, scale: Double, mean: [Double], std: [Double], isReversed: Bool) {
    self.channels = channels
    self.isReversed = isReversed
    values = (0..<channels).flatMap { channel in
      let mean = mean[mean.count == 1 ? 0 : channel]
      let std = std[std.count == 1 ? 0 : channel]
      return (0...255).map { Float((Double($0) * scale - mean) / std) }
    }
  }

  /// Turns one image's bytes, pixel behind pixel, into planes.
  /// - Precondition: `channels` bytes a pixel, and as many floats.
  package func fill(_ target: UnsafeMutableBufferPointer<Float>, from pixels: UnsafeBufferPointer<UInt8>) {
    precondition(target.count == pixels.count && pixels.count % channels == 0, "an image of another size")
    let plane = pixels.count / channels
    values.withUnsafeBufferPointer { table in
      for channel in 0..<channels {
        let from = isReversed ? channels - 1 - channel : channel
        for pixel in 0..<plane {
          target[channel * plane + pixel] = table[channel << 8 | Int(pixels[pixel * channels + from])]
        }
      }
    }
  }
}
