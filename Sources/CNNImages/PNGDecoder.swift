import CNNSpec
import CSpng

/// PNG by libspng: every colour type and bit depth, interlaced or not.
///
/// Gray of 1, 2 and 4 bits is scaled to 0...255; 16-bit samples keep their high byte; palettes become RGB;
/// alpha and transparency are dropped; gamma and colour profiles are ignored.
enum PNGDecoder {
  /// Deflate makes at most 1032 bytes out of one.
  static let inflation = 1032
  /// Bytes of one ancillary chunk, and of all of them.
  private static let chunkLimit = 1 << 26

  static func decode(_ bytes: [UInt8], name: String) throws(Diagnostics) -> Image {
    guard let context = spng_ctx_new(0) else { throw .input(name, "there is no memory to decode the PNG") }
    defer { spng_ctx_free(context) }
    return try bytes.withUnsafeBufferPointer { (source) throws(Diagnostics) in
      try check(spng_set_png_buffer(context, source.baseAddress, source.count), name)
      try check(spng_set_chunk_limits(context, chunkLimit, chunkLimit), name)
      var header = spng_ihdr()
      try check(spng_get_ihdr(context, &header), name)
      let height = Int(header.height)
      let width = Int(header.width)
      let count = try Image.pixelCount(height: height, width: width, name: name)
      let bits = count * Int(header.bit_depth) * samples(header.color_type)
      guard bits / 8 / inflation <= source.count else {
        throw .input(
          name, "the PNG is truncated: \(source.count) bytes cannot hold \(height)x\(width) pixels",
          help: ["copy or download it again"])
      }
      return try decode(context, header, height: height, width: width, name: name)
    }
  }

  private static func decode(
    _ context: OpaquePointer, _ header: spng_ihdr, height: Int, width: Int, name: String
  ) throws(Diagnostics) -> Image {
    let kind = spng_color_type(UInt32(header.color_type))
    let isGray = kind == SPNG_COLOR_TYPE_GRAYSCALE || kind == SPNG_COLOR_TYPE_GRAYSCALE_ALPHA
    let format: spng_format
    if !isGray {
      format = SPNG_FMT_RGB8
    } else if kind == SPNG_COLOR_TYPE_GRAYSCALE, header.bit_depth <= 8 {
      format = SPNG_FMT_G8
    } else {
      format = SPNG_FMT_RAW  // big-endian: the first byte of a pixel is gray's (high) byte
    }
    var size = 0
    try check(spng_decoded_image_size(context, Int32(format.rawValue), &size), name)
    var status: Int32 = 0
    let decoded = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      status = spng_decode_image(context, buffer.baseAddress, size, Int32(format.rawValue), 0)
      count = status == 0 ? size : 0
    }
    try check(status, name)
    guard format == SPNG_FMT_RAW else {
      return Image(height: height, width: width, channels: isGray ? 1 : 3, pixels: decoded)
    }
    let stride = size / (height * width)
    let gray = [UInt8](unsafeUninitializedCapacity: height * width) { buffer, count in
      for pixel in 0..<height * width { buffer[pixel] = decoded[pixel * stride] }
      count = height * width
    }
    return Image(height: height, width: width, channels: 1, pixels: gray)
  }

  /// Samples a pixel by colour type.
  private static func samples(_ colorType: UInt8) -> Int {
    switch spng_color_type(UInt32(colorType)) {
    case SPNG_COLOR_TYPE_TRUECOLOR: 3
    case SPNG_COLOR_TYPE_GRAYSCALE_ALPHA: 2
    case SPNG_COLOR_TYPE_TRUECOLOR_ALPHA: 4
    default: 1
    }
  }

  private static func check(_ status: Int32, _ name: String) throws(Diagnostics) {
    guard status != 0 else { return }
    throw .input(
      name, "the PNG cannot be decoded: \(String(cString: spng_strerror(status)))",
      help: ["it may be truncated or damaged: copy or download it again"])
  }
}
