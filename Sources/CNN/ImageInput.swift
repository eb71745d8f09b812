import CNNImages
import CNNSpec

extension Model {
  /// An image file as the network's input: decoded (PNG, JPEG, PNM, `.npy`; by its bytes) and preprocessed as
  /// the spec says. A float32 `.npy` is taken as it is.
  /// - Parameter path: a file that holds one image.
  /// - Returns: channels x height x width numbers, as ``InferenceSession/run(_:)`` takes them. For a batch, append
  ///   those of all its images.
  /// - Throws: what is wrong with the file, or a size that preprocessing does not bring to the input's.
  public func input(fromImageAt path: String) throws(Diagnostics) -> [Float] {
    try input(from: InputFile(path: path))
  }

  /// As ``input(fromImageAt:)``, of a file's bytes.
  /// - Parameters:
  ///   - bytes: all of a PNG, JPEG, PNM or `.npy` file.
  ///   - name: what diagnostics call them.
  public func input(
    fromEncodedImage bytes: [UInt8], name: String = "image"
  ) throws(Diagnostics) -> [Float] {
    try input(from: InputFile(decoding: bytes, path: name))
  }

  /// Pixels as the network's input, preprocessed as the spec says.
  ///
  ///     let input = try model.input(fromPixels: frame, height: 480, width: 640, channels: 3)
  ///
  /// - Parameters:
  ///   - pixels: height x width x channels bytes: rows from the top, the channels of a pixel side by side.
  ///   - height: rows of pixels.
  ///   - width: pixels of a row.
  ///   - channels: 1 (gray) or 3 (red, green, blue).
  /// - Returns: channels x height x width numbers of the network's input.
  /// - Throws: `input-shape` for sizes that are not those of `pixels`, or that preprocessing does not bring to the
  ///   input's.
  public func input(
    fromPixels pixels: [UInt8], height: Int, width: Int, channels: Int
  ) throws(Diagnostics) -> [Float] {
    let (row, rowOverflow) = width.multipliedReportingOverflow(by: max(channels, 1))
    let (count, overflow) = height.multipliedReportingOverflow(by: row)
    guard height > 0, width > 0, channels == 1 || channels == 3, !rowOverflow, !overflow,
      count == pixels.count
    else {
      throw Diagnostics(
        Diagnostic(
          .inputShape,
          "\(pixels.count) bytes are no image of \(height)x\(width)x\(channels) (height x width x channels)",
          at: .none, help: ["one byte a channel; 1 channel (gray) or 3 (red, green, blue)"]))
    }
    let image = Image(height: height, width: width, channels: channels, pixels: pixels)
    return try preprocessor().tensor(from: image, name: "pixels")
  }

  private func input(from file: InputFile) throws(Diagnostics) -> [Float] {
    guard file.count == 1 else {
      throw Diagnostics(
        Diagnostic(
          .inputFile, "the file holds \(file.count) images; expected one", at: .file(file.path),
          help: ["`cnnc run` takes all of them, or one with `--index`"]))
    }
    return try file.tensor(0, preprocessor())
  }

  /// What turns an image into the network's input.
  package func preprocessor() throws(Diagnostics) -> Preprocessor {
    try Preprocessor(
      network.spec.preprocessing, channels: network.input.channels, height: network.input.height,
      width: network.input.width, place: .file(network.spec.text.name))
  }
}
