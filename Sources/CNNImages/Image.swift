import CNNSpec

/// An image: bytes in rows from the top, interleaved, `pixels[(y * width + x) * channels + c]`.
///
/// Decoders end here. An alpha channel is dropped, not composited (as PIL's `convert("RGB")` does); 16-bit
/// samples of a PNG keep their high byte; orientation in EXIF is ignored: the pixels are taken as stored.
package struct Image: Hashable, Sendable {
  package let height: Int
  package let width: Int
  /// 1 (gray) or 3 (red, green, blue).
  package let channels: Int
  package let pixels: [UInt8]

  /// Past this many pixels a file is refused before anything is allocated for it.
  package static let pixelLimit = 1 << 28

  /// - Precondition: sizes of at least one, 1 or 3 channels, as many pixels as they say.
  package init(height: Int, width: Int, channels: Int, pixels: [UInt8]) {
    precondition(height > 0 && width > 0 && (channels == 1 || channels == 3))
    precondition(pixels.count == height * width * channels)
    self.height = height
    self.width = width
    self.channels = channels
    self.pixels = pixels
  }

  /// Decodes PNG, JPEG or PNM, told apart by their content.
  /// - Parameter name: the path that diagnostics name.
  package init(decoding bytes: [UInt8], name: String) throws(Diagnostics) {
    switch FileFormat(of: bytes) {
    case .png: self = try PNGDecoder.decode(bytes, name: name)
    case .jpeg: self = try JPEGDecoder.decode(bytes, name: name)
    case .pnm: self = try PNMDecoder.decode(bytes, name: name)
    case .npy: self = try Image(NumPyArray(decoding: bytes, name: name), name: name)
    case .gzip, .idx, .other: throw FileFormat.unsupported(bytes, name: name)
    }
  }

  /// Number of pixels, or a diagnostic for sizes below one or past the limit.
  static func pixelCount(height: Int, width: Int, name: String) throws(Diagnostics) -> Int {
    guard height > 0, width > 0 else {
      throw .input(name, "the image is empty: its header says \(height)x\(width) (height x width)")
    }
    let (count, overflow) = height.multipliedReportingOverflow(by: width)
    guard !overflow, count <= pixelLimit else {
      throw .input(
        name, "the header says \(height)x\(width) pixels; at most \(pixelLimit) can be read",
        help: ["make the image smaller first"])
    }
    return count
  }
}

extension Diagnostics {
  /// One error about an input file as a whole.
  static func input(_ path: String, _ message: String, help: [String] = []) -> Diagnostics {
    Diagnostics(Diagnostic(.inputFile, message, at: .file(path), help: help))
  }

  /// One error about a folder of data, or a file of it.
  static func data(_ path: String, _ message: String, help: [String] = []) -> Diagnostics {
    Diagnostics(Diagnostic(.dataFolder, message, at: .file(path), help: help))
  }
}

/// The bytes of a file, its failures as diagnostics.
func readBytes(_ path: String, limit: Int = 1 << 30) throws(Diagnostics) -> [UInt8] {
  do { return try FileSystem.read(path, limit: limit) } catch { throw error.diagnostics }
}
