import CNNImages

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

// Moves of an image's bytes within its own frame. What comes in from outside is 0.
extension Image {
  /// Moved by whole pixels; what leaves the frame is gone.
  package func moved(down: Int, right: Int) -> Image {
    guard down != 0 || right != 0 else { return self }
    // Both are compared first: their sums with a size could overflow.
    guard down.magnitude < height, right.magnitude < width else {
      return with([UInt8](repeating: 0, count: pixels.count))
    }
    let rows = max(0, -down)..<min(height, height - down)
    let row = (width - Int(right.magnitude)) * channels
    let (from, to) = (max(0, -right) * channels, max(0, right) * channels)
    let stride = width * channels
    return mapped { source, target in
      target.update(repeating: 0)
      guard let source = source.baseAddress, let target = target.baseAddress else { return }
      for y in rows {
        (target + (y + down) * stride + to).update(from: source + y * stride + from, count: row)
      }
    }
  }

  /// The columns in reverse.
  package func flippedHorizontally() -> Image {
    mapped { source, target in
      for y in 0..<height {
        for x in 0..<width {
          let (from, to) = ((y * width + width - 1 - x) * channels, (y * width + x) * channels)
          for channel in 0..<channels { target[to + channel] = source[from + channel] }
        }
      }
    }
  }

  /// The rows in reverse.
  package func flippedVertically() -> Image {
    let stride = width * channels
    return mapped { source, target in
      guard let source = source.baseAddress, let target = target.baseAddress else { return }
      for y in 0..<height {
        (target + y * stride).update(from: source + (height - 1 - y) * stride, count: stride)
      }
    }
  }

  /// Turned counter-clockwise round its middle by an angle in degrees, each pixel mixed bilinearly from the
  /// four that it falls between, and rounded.
  package func rotated(degrees: Double) -> Image {
    let angle = degrees * .pi / 180
    let (sine, cosine) = (sin(angle), cos(angle))
    let (middleY, middleX) = (Double(height - 1) / 2, Double(width - 1) / 2)
    return mapped { source, target in
      for y in 0..<height {
        for x in 0..<width {
          let (down, right) = (Double(y) - middleY, Double(x) - middleX)
          // Where the pixel comes from: turned back.
          let fromX = middleX + right * cosine - down * sine
          let fromY = middleY + right * sine + down * cosine
          sample(source, y: fromY, x: fromX, into: target, at: (y * width + x) * channels)
        }
      }
    }
  }

  /// Sets a pixel of `target` to what `source` shows at a place between pixels.
  @inline(__always)
  private func sample(
    _ source: UnsafeBufferPointer<UInt8>, y: Double, x: Double,
    into target: UnsafeMutableBufferPointer<UInt8>, at place: Int
  ) {
    let (row, column) = (Self.floor(y), Self.floor(x))
    let (downShare, rightShare) = (y - Double(row), x - Double(column))
    let stride = width * channels
    let first = row * stride + column * channels
    if row >= 0, row < height - 1, column >= 0, column < width - 1 {
      for channel in 0..<channels {
        let corner = first + channel
        target[place + channel] = Self.mix(
          source[corner], source[corner + channels], source[corner + stride],
          source[corner + stride + channels], downShare, rightShare)
      }
    } else {
      func byte(_ row: Int, _ column: Int, _ channel: Int) -> UInt8 {
        guard row >= 0, row < height, column >= 0, column < width else { return 0 }
        return source[row * stride + column * channels + channel]
      }
      for channel in 0..<channels {
        target[place + channel] = Self.mix(
          byte(row, column, channel), byte(row, column + 1, channel), byte(row + 1, column, channel),
          byte(row + 1, column + 1, channel), downShare, rightShare)
      }
    }
  }

  /// Bilinear, rounded: the upper two, then the lower two of four neighbours.
  @inline(__always)
  private static func mix(
    _ upperLeft: UInt8, _ upperRight: UInt8, _ lowerLeft: UInt8, _ lowerRight: UInt8, _ down: Double,
    _ right: Double
  ) -> UInt8 {
    let upper = Double(upperLeft) * (1 - right) + Double(upperRight) * right
    let lower = Double(lowerLeft) * (1 - right) + Double(lowerRight) * right
    return UInt8(truncatingIfNeeded: Int(upper * (1 - down) + lower * down + 0.5))
  }

  /// Rounded down without a call: the baseline of x86-64 has no instruction for it.
  @inline(__always)
  private static func floor(_ number: Double) -> Int {
    let whole = Int(number)
    return Double(whole) > number ? whole - 1 : whole
  }

  /// An image of this size from new bytes, all of which `fill` sets.
  private func mapped(
    _ fill: (UnsafeBufferPointer<UInt8>, UnsafeMutableBufferPointer<UInt8>) -> Void
  ) -> Image {
    let size = pixels.count
    return with(
      pixels.withUnsafeBufferPointer { source in
        [UInt8](unsafeUninitializedCapacity: size) { target, count in
          fill(source, UnsafeMutableBufferPointer(rebasing: target[..<size]))
          count = size
        }
      })
  }

  private func with(_ pixels: [UInt8]) -> Image {
    Image(height: height, width: width, channels: channels, pixels: pixels)
  }
}
