import CNNSpec

/// A rectangle of an image, in pixels.
package struct Window: Hashable, Sendable {
  package var top: Int
  package var left: Int
  package var height: Int
  package var width: Int

  package init(top: Int, left: Int, height: Int, width: Int) {
    self.top = top
    self.left = left
    self.height = height
    self.width = width
  }
}

extension Image {
  /// Resized to `size`, then cropped to `window` of that; only what the window shows is computed.
  ///
  /// Bilinear with antialiasing, equal to PIL's `Image.resize(size, BILINEAR)` bit for bit: a triangle filter
  /// as wide as the reduction; rows first, columns second; weights in fixed point; bytes between the passes.
  /// (Pillow 13 takes the columns first where it is cheaper, which moves single pixels by one; the published
  /// networks were trained on what its predecessors computed.)
  /// - Precondition: the window lies within the size.
  package func resized(to size: Size2D, window: Window) -> Image {
    precondition(window.top >= 0 && window.left >= 0 && window.height > 0 && window.width > 0)
    precondition(window.height <= size.height - window.top && window.width <= size.width - window.left)
    var rows = window.top..<window.top + window.height
    var vertical: ResampleWeights?
    if size.height != height {
      let weights = ResampleWeights(from: height, to: size.height, outputs: rows)
      rows = weights.inputs
      vertical = weights
    }
    let columns = window.left..<window.left + window.width
    var strip: Image
    if size.width != width {
      strip = horizontally(ResampleWeights(from: width, to: size.width, outputs: columns), rows: rows)
    } else {
      strip = cropped(
        to: Window(top: rows.lowerBound, left: window.left, height: rows.count, width: window.width))
    }
    if let vertical { strip = strip.vertically(vertical) }
    return strip
  }

  package func resized(to size: Size2D) -> Image {
    resized(to: size, window: Window(top: 0, left: 0, height: size.height, width: size.width))
  }

  /// - Precondition: the window lies within the image.
  package func cropped(to window: Window) -> Image {
    precondition(window.top >= 0 && window.left >= 0)
    precondition(window.height <= height - window.top && window.width <= width - window.left)
    if window.height == height, window.width == width { return self }
    var result: [UInt8] = []
    result.reserveCapacity(window.height * window.width * channels)
    for y in window.top..<window.top + window.height {
      let start = (y * width + window.left) * channels
      result += pixels[start..<start + window.width * channels]
    }
    return Image(height: window.height, width: window.width, channels: channels, pixels: result)
  }

  /// The pass over each of `rows`: width to the number of weights' outputs.
  private func horizontally(_ weights: ResampleWeights, rows: Range<Int>) -> Image {
    let outputs = weights.outputCount
    let size = rows.count * outputs * channels
    let result = pixels.withUnsafeBufferPointer { source in
      [UInt8](unsafeUninitializedCapacity: size) { target, initialized in
        for y in rows {
          for x in 0..<outputs {
            let span = weights.spans[x]
            for channel in 0..<channels {
              var sum = ResampleWeights.half
              var index = (y * width + span.lowerBound) * channels + channel
              for tap in weights.taps(x) {
                sum &+= Int32(source[index]) &* weights.values[tap]
                index &+= channels
              }
              target[((y - rows.lowerBound) * outputs + x) * channels + channel] = ResampleWeights.byte(sum)
            }
          }
        }
        initialized = size
      }
    }
    return Image(height: rows.count, width: outputs, channels: channels, pixels: result)
  }

  /// The pass down each column; this image's first row is the first that the weights read.
  private func vertically(_ weights: ResampleWeights) -> Image {
    let rowSize = width * channels
    let size = weights.outputCount * rowSize
    let result = pixels.withUnsafeBufferPointer { source in
      [UInt8](unsafeUninitializedCapacity: size) { target, initialized in
        for y in 0..<weights.outputCount {
          let first = weights.spans[y].lowerBound - weights.inputs.lowerBound
          for x in 0..<rowSize {
            var sum = ResampleWeights.half
            var index = first * rowSize + x
            for tap in weights.taps(y) {
              sum &+= Int32(source[index]) &* weights.values[tap]
              index &+= rowSize
            }
            target[y * rowSize + x] = ResampleWeights.byte(sum)
          }
        }
        initialized = size
      }
    }
    return Image(height: weights.outputCount, width: width, channels: channels, pixels: result)
  }
}

/// The fixed-point weights of one pass along one axis.
///
/// Output `o` of `n` lies at `c = (o + 1/2) * s` of the input, `s = inputs / n`. With `f = max(s, 1)`, input `i`
/// weighs `max(0, 1 - |i + 1/2 - c| / f)`, for `i` from `int(c - f + 1/2)` to `int(c + f + 1/2)`; the weights of an
/// output are divided by their sum and rounded to 22 fractional bits, which leaves 8 for the pixel and 2 for
/// the sum.
struct ResampleWeights {
  private static let fractionBits: Int32 = 22
  /// One half, so that the shift in `byte` rounds.
  static let half: Int32 = 1 << (fractionBits - 1)

  /// The inputs that each output reads.
  private(set) var spans: [Range<Int>] = []
  /// All weights, those of an output together.
  private(set) var values: [Int32] = []
  private var starts: [Int] = [0]

  var outputCount: Int { spans.count }

  /// The inputs that any output reads.
  var inputs: Range<Int> { spans[0].lowerBound..<spans[spans.count - 1].upperBound }

  /// - Precondition: sizes of at least one; `outputs` is not empty and within `0..<to`.
  init(from inputSize: Int, to outputSize: Int, outputs: Range<Int>) {
    let scale = Double(inputSize) / Double(outputSize)
    let support = max(scale, 1)
    let inverse = 1 / support
    for output in outputs {
      let center = (Double(output) + 0.5) * scale
      let first = max(0, Int(center - support + 0.5))
      let last = min(inputSize, Int(center + support + 0.5))
      var weights: [Double] = []
      var sum = 0.0
      for input in first..<last {
        let weight = max(0, 1 - abs((Double(input) - center + 0.5) * inverse))
        weights.append(weight)
        sum += weight
      }
      for weight in weights {
        let share = sum == 0 ? weight : weight / sum
        values.append(Int32(0.5 + share * Double(1 << Self.fractionBits)))
      }
      spans.append(first..<last)
      starts.append(values.count)
    }
  }

  /// Where in `values` the weights of an output stand.
  @inline(__always)
  func taps(_ output: Int) -> Range<Int> { starts[output]..<starts[output + 1] }

  @inline(__always)
  static func byte(_ sum: Int32) -> UInt8 { UInt8(truncatingIfNeeded: max(0, min(255, sum >> fractionBits))) }
}
