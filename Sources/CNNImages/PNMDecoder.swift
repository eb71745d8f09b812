import CNNSpec

/// PNM: bitmaps (P1, P4), gray (P2, P5) and colour (P3, P6), as text or binary.
///
/// Samples up to `maxval` (1...65535) are scaled to 0...255, rounded: `(v * 255 + maxval / 2) / maxval`. A
/// bitmap's 1 is black. Bytes behind the first image are ignored, as the format allows more images there.
struct PNMDecoder {
  private let bytes: [UInt8]
  private let name: String
  private var offset = 2

  static func decode(_ bytes: [UInt8], name: String) throws(Diagnostics) -> Image {
    var decoder = PNMDecoder(bytes: bytes, name: name)
    return try decoder.image(kind: Int(bytes[1]) - 0x30)
  }

  private init(bytes: [UInt8], name: String) {
    self.bytes = bytes
    self.name = name
  }

  private mutating func image(kind: Int) throws(Diagnostics) -> Image {
    let width = try number("width", limit: 1 << 31)
    let height = try number("height", limit: 1 << 31)
    let count = try Image.pixelCount(height: height, width: width, name: name)
    let isBitmap = kind == 1 || kind == 4
    let maximum = isBitmap ? 1 : try number("maxval", limit: 65535)
    guard maximum > 0 else { throw .input(name, "the PNM header says maxval 0; expected 1 to 65535") }
    let channels = kind == 3 || kind == 6 ? 3 : 1
    let samples = count * channels
    let pixels: [UInt8]
    switch kind {
    case 1: pixels = try plainBits(samples)
    case 2, 3: pixels = try plainSamples(samples, maximum: maximum)
    case 4: pixels = try packedBits(height: height, width: width)
    default: pixels = try packedSamples(samples, maximum: maximum)
    }
    return Image(height: height, width: width, channels: channels, pixels: pixels)
  }

  // MARK: Pixels

  /// P1: digits 0 and 1, white space between them optional.
  private mutating func plainBits(_ count: Int) throws(Diagnostics) -> [UInt8] {
    try need(count)
    var pixels: [UInt8] = []
    pixels.reserveCapacity(count)
    while pixels.count < count {
      skipBlank()
      guard offset < bytes.count else { throw truncated(count, found: pixels.count) }
      guard bytes[offset] & 0xFE == 0x30 else { throw damaged("a digit 0 or 1") }
      pixels.append(bytes[offset] == 0x30 ? 255 : 0)
      offset += 1
    }
    return pixels
  }

  /// P2, P3: decimal numbers.
  private mutating func plainSamples(_ count: Int, maximum: Int) throws(Diagnostics) -> [UInt8] {
    try need(count)
    var pixels: [UInt8] = []
    pixels.reserveCapacity(count)
    while pixels.count < count {
      skipBlank()
      guard offset < bytes.count else { throw truncated(count, found: pixels.count) }
      pixels.append(scaled(try number("sample", limit: maximum), maximum))
    }
    return pixels
  }

  /// P4: rows of bits, the first in the high bit, each row filled up to a whole byte.
  private mutating func packedBits(height: Int, width: Int) throws(Diagnostics) -> [UInt8] {
    try endHeader()
    let rowBytes = (width + 7) / 8
    try need(height * rowBytes)
    var pixels: [UInt8] = []
    pixels.reserveCapacity(height * width)
    for y in 0..<height {
      for x in 0..<width {
        let byte = bytes[offset + y * rowBytes + x / 8]
        pixels.append(byte >> UInt8(7 - x % 8) & 1 == 0 ? 255 : 0)
      }
    }
    return pixels
  }

  /// P5, P6: one byte a sample, or two (high byte first) if `maximum` is over 255.
  private mutating func packedSamples(_ count: Int, maximum: Int) throws(Diagnostics) -> [UInt8] {
    try endHeader()
    try need(maximum > 255 ? 2 * count : count)
    if maximum == 255 { return Array(bytes[offset..<offset + count]) }
    var pixels: [UInt8] = []
    pixels.reserveCapacity(count)
    for index in 0..<count {
      let value: Int
      if maximum > 255 {
        value = Int(bytes[offset + 2 * index]) << 8 | Int(bytes[offset + 2 * index + 1])
      } else {
        value = Int(bytes[offset + index])
      }
      guard value <= maximum else {
        throw .input(name, "sample \(index) of the PNM is \(value), over its maxval of \(maximum)")
      }
      pixels.append(scaled(value, maximum))
    }
    return pixels
  }

  private func scaled(_ value: Int, _ maximum: Int) -> UInt8 {
    UInt8((value * 255 + maximum / 2) / maximum)
  }

  // MARK: Text

  /// Passes white space and comments, from `#` to the end of the line.
  private mutating func skipBlank() {
    while offset < bytes.count {
      if bytes[offset] == 0x23 {
        while offset < bytes.count, bytes[offset] != 0x0A, bytes[offset] != 0x0D { offset += 1 }
      } else if isSpace(bytes[offset]) {
        offset += 1
      } else {
        return
      }
    }
  }

  private func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

  private mutating func number(_ what: String, limit: Int) throws(Diagnostics) -> Int {
    skipBlank()
    let start = offset
    var value = 0
    while offset < bytes.count, (0x30...0x39).contains(bytes[offset]) {
      value = value * 10 + Int(bytes[offset]) - 0x30
      guard value <= limit else { throw .input(name, "the PNM's \(what) is over \(limit)") }
      offset += 1
    }
    guard offset > start else { throw damaged("a number (\(what))") }
    return value
  }

  /// Exactly one white space stands between a header and binary pixels.
  private mutating func endHeader() throws(Diagnostics) {
    guard offset < bytes.count, isSpace(bytes[offset]) else { throw damaged("white space behind the header") }
    offset += 1
  }

  // MARK: Errors

  /// Throws unless that many bytes are left; called before anything is allocated.
  private func need(_ count: Int) throws(Diagnostics) {
    guard bytes.count - offset >= count else { throw truncated(count, found: bytes.count - offset) }
  }

  private func truncated(_ expected: Int, found: Int) -> Diagnostics {
    .input(
      name, "the PNM is truncated: expected at least \(expected) bytes of pixels, found \(found)",
      help: ["copy or download it again"])
  }

  private func damaged(_ expected: String) -> Diagnostics {
    .input(name, "the PNM is damaged: expected \(expected) at byte \(offset)")
  }
}
