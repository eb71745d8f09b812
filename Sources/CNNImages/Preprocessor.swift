import CNNEmbedding
import CNNSpec

/// Turns images into a network's input as the spec's `preprocess` says: colour, resize, centred crop, then
/// `(byte * scale - mean) / std` per channel, computed in Double and rounded to Float once.
package struct Preprocessor: Sendable {
  /// The network's input, C x H x W.
  package let channels: Int
  package let height: Int
  package let width: Int
  private let resize: Preprocessing.Resize?
  private let crop: Size2D
  private let table: PixelTable

  /// Values in one input: `channels * height * width`.
  package var count: Int { channels * height * width }

  /// - Parameter place: where in the spec the preprocessing stands, for the diagnostics.
  /// - Throws: `.preprocessing` for a colour that is not the input's, for sizes that cannot become the input's,
  ///   for a number of means or deviations that is neither one nor one a channel, for a deviation of zero.
  /// - Precondition: sizes of at least one.
  package init(
    _ preprocessing: Preprocessing, channels: Int, height: Int, width: Int, place: Diagnostic.Place = .none
  ) throws(Diagnostics) {
    precondition(channels > 0 && height > 0 && width > 0)
    let check = PreprocessingCheck(
      preprocessing, channels: channels, height: height, width: width, place: place)
    guard check.findings.isEmpty else { throw Diagnostics(check.findings) }
    self.channels = channels
    self.height = height
    self.width = width
    crop = Size2D(height: height, width: width)
    let isUnchanged = preprocessing.resize == nil && preprocessing.crop == nil
    resize = isUnchanged ? .exact(height: height, width: width) : preprocessing.resize
    table = PixelTable(
      channels: channels, scale: preprocessing.scale, mean: preprocessing.mean, std: preprocessing.std,
      isReversed: preprocessing.color == .bgr)
  }

  /// The input made of one image, `[C][H][W]`.
  /// - Parameter name: the path that diagnostics name.
  package func tensor(from image: Image, name: String) throws(Diagnostics) -> [Float] {
    var values = [Float](repeating: 0, count: count)
    try fill(&values, at: 0, from: image, name: name)
    return values
  }

  /// Writes the input made of one image, `[C][H][W]`, into a batch.
  /// - Precondition: `count` values fit behind `offset`.
  package func fill(
    _ values: inout [Float], at offset: Int, from image: Image, name: String
  ) throws(Diagnostics) {
    normalize(try prepared(image, name: name), into: &values, at: offset)
  }

  /// The first half: colour, resize and crop, still in bytes, with the channels in the order red, green, blue.
  package func prepared(_ image: Image, name: String) throws(Diagnostics) -> Image {
    guard channels == 1 || channels == 3 else {
      throw .input(
        name, "an image has 1 or 3 channels, but the network's input has \(channels)",
        help: ["give a float32 .npy of the shape [\(channels),\(height),\(width)]"])
    }
    let size = try sizeAfterResize(image, name: name)
    let window = try window(in: size, image, name: name)
    return image.converted(toChannels: channels).resized(to: size, window: window)
  }

  /// Whether `prepared` would return an image of this size as it is.
  package func leavesUnchanged(_ image: Image) -> Bool {
    guard image.channels == channels, image.height == height, image.width == width else { return false }
    return switch resize {
    case nil: true
    case .exact(let tall, let wide): tall == height && wide == width
    case .shorterSide(let side): side == min(height, width)
    }
  }

  /// The second half: bytes to numbers, planes in the order of the input's channels.
  /// - Precondition: an image as `prepared` returns it; `count` values fit behind `offset`.
  package func normalize(_ image: Image, into values: inout [Float], at offset: Int) {
    precondition(image.channels == channels && image.height == height && image.width == width)
    precondition(offset >= 0 && offset <= values.count && count <= values.count - offset)
    image.pixels.withUnsafeBufferPointer { pixels in
      values.withUnsafeMutableBufferPointer { values in
        table.fill(UnsafeMutableBufferPointer(rebasing: values[offset..<offset + count]), from: pixels)
      }
    }
  }

  /// As torchvision's `Resize(int)`: `long = int(N * long / short)`.
  private func sizeAfterResize(_ image: Image, name: String) throws(Diagnostics) -> Size2D {
    switch resize {
    case nil: return Size2D(height: image.height, width: image.width)
    case .exact(let height, let width): return Size2D(height: height, width: width)
    case .shorterSide(let side):
      let short = min(image.height, image.width)
      let (product, overflow) = side.multipliedReportingOverflow(by: max(image.height, image.width))
      guard !overflow else { throw .input(name, "resizing the shorter side to \(side) is too large") }
      let long = product / short
      return image.height <= image.width
        ? Size2D(height: side, width: long) : Size2D(height: long, width: side)
    }
  }

  /// As torchvision's `CenterCrop`: `top = round((H - h) / 2)`, halves to even.
  private func window(in size: Size2D, _ image: Image, name: String) throws(Diagnostics) -> Window {
    guard crop.height <= size.height, crop.width <= size.width else {
      let resized =
        resize == nil ? "the image is \(size)" : "\(image.height)x\(image.width) resized is \(size)"
      throw Diagnostics(
        Diagnostic(
          .inputShape, "the crop of \(crop) is larger than the image: \(resized) (height x width)",
          at: .file(name), help: ["resize: \(max(crop.height, crop.width)) makes it large enough"]))
    }
    func start(_ space: Int) -> Int {
      space % 2 == 0 ? space / 2 : space / 2 + (space / 2) % 2
    }
    return Window(
      top: start(size.height - crop.height), left: start(size.width - crop.width), height: crop.height,
      width: crop.width)
  }
}

/// What can be wrong with a `preprocess` before any image is seen.
private struct PreprocessingCheck {
  private(set) var findings: [Diagnostic] = []
  private let place: Diagnostic.Place

  init(_ preprocessing: Preprocessing, channels: Int, height: Int, width: Int, place: Diagnostic.Place) {
    self.place = place
    if let color = preprocessing.color {
      let wanted = color == .gray ? 1 : 3
      if wanted != channels {
        let fitting = channels == 1 ? "color: gray" : channels == 3 ? "color: rgb" : "leave color out"
        report("color \(color.rawValue) has \(wanted) channels, the network's input has \(channels)", fitting)
      }
    }
    let input = Size2D(height: height, width: width)
    if let crop = preprocessing.crop, crop != input {
      report("the crop is \(crop), the network's input \(input) (height x width)", "crop: \(input)")
    }
    switch preprocessing.resize {
    case .exact(let tall, let wide) where tall < height || wide < width:
      report("resized to \(tall)x\(wide), an image is smaller than the input's \(input)", "resize: \(input)")
    case .shorterSide(let side) where side < min(height, width):
      let fitting = "resize: \(max(height, width))"
      report("with the shorter side resized to \(side), no image covers the input's \(input)", fitting)
    default: break
    }
    for (name, numbers) in [("mean", preprocessing.mean), ("std", preprocessing.std)] {
      if numbers.count != 1, numbers.count != channels {
        report("\(name) has \(numbers.count) numbers; expected 1 or \(channels), one a channel", nil)
      }
      if !numbers.allSatisfy(\.isFinite) { report("\(name) has a number that is not finite", nil) }
    }
    if preprocessing.std.contains(0) { report("std has a zero, which cannot be divided by", nil) }
    if !preprocessing.scale.isFinite { report("scale is not finite", "scale: 1/255") }
  }

  private mutating func report(_ message: String, _ help: String?) {
    findings.append(Diagnostic(.preprocessing, message, at: place, help: help.map { [$0] } ?? []))
  }
}
