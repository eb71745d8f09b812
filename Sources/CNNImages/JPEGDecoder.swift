import CNNSpec
import CTurboJPEG

/// JPEG by libjpeg-turbo, baseline and progressive, gray or colour. CMYK is refused; EXIF's orientation is
/// ignored. A truncated or damaged file is an error; stray bytes between its segments are not.
enum JPEGDecoder {
  /// Every 8x8 block of luminance takes a bit at least, so one byte holds at most 512 pixels.
  private static let pixelsPerByte = 512

  static func decode(_ bytes: [UInt8], name: String) throws(Diagnostics) -> Image {
    guard let handle = tjInitDecompress() else {
      throw .input(name, "there is no memory to decode the JPEG")
    }
    defer { tjDestroy(handle) }
    return try bytes.withUnsafeBufferPointer { (source) throws(Diagnostics) in
      var width: Int32 = 0
      var height: Int32 = 0
      var subsampling: Int32 = 0
      var colorspace: Int32 = 0
      let status = tjDecompressHeader3(
        handle, source.baseAddress, UInt(source.count), &width, &height, &subsampling, &colorspace)
      try check(status, handle, name)
      let count = try Image.pixelCount(height: Int(height), width: Int(width), name: name)
      guard count <= 1 << 24 || count / pixelsPerByte <= source.count else {
        throw .input(
          name, "the JPEG is truncated: \(source.count) bytes cannot hold \(height)x\(width) pixels",
          help: ["copy or download it again"])
      }
      let space = TJCS(UInt32(bitPattern: colorspace))
      guard space != TJCS_CMYK, space != TJCS_YCCK else {
        throw .input(name, "expected gray or RGB, found a CMYK JPEG", help: ["convert it to RGB first"])
      }
      return try decode(
        handle, source, height: height, width: width, isGray: space == TJCS_GRAY, name: name)
    }
  }

  private static func decode(
    _ handle: tjhandle, _ source: UnsafeBufferPointer<UInt8>, height: Int32, width: Int32, isGray: Bool,
    name: String
  ) throws(Diagnostics) -> Image {
    let channels = isGray ? 1 : 3
    let format = isGray ? TJPF_GRAY : TJPF_RGB
    let size = Int(height) * Int(width) * channels
    var status: Int32 = 0
    let pixels = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      // The library may leave rows untouched when it gives up.
      buffer.initialize(repeating: 0)
      status = tjDecompress2(
        handle, source.baseAddress, UInt(source.count), buffer.baseAddress, width, 0, height,
        Int32(format.rawValue), TJFLAG_LIMITSCANS)
      count = size
    }
    try check(status, handle, name)
    return Image(height: Int(height), width: Int(width), channels: channels, pixels: pixels)
  }

  /// The library's code does not tell a warning from an error that came after one; its last words do. Bytes
  /// between two segments are written by some cameras and cost nothing.
  private static func check(_ status: Int32, _ handle: tjhandle, _ name: String) throws(Diagnostics) {
    guard status != 0 else { return }
    let message = tjGetErrorStr2(handle).map { String(cString: $0) } ?? "no reason given"
    guard !message.contains(" extraneous bytes before marker ") else { return }
    throw .input(
      name, "the JPEG cannot be decoded: \(message)",
      help: ["it may be truncated or damaged: copy or download it again"])
  }
}
