import CNNSpec

/// What a file holds, told by its first bytes, never by its name.
package enum FileFormat: String, Sendable {
  case png = "PNG"
  case jpeg = "JPEG"
  case pnm = "PNM"
  case npy = "npy"
  case idx = "IDX"
  case gzip
  case other

  package init(of bytes: [UInt8]) {
    if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
      self = .png
    } else if bytes.starts(with: [0xFF, 0xD8, 0xFF]) {
      self = .jpeg
    } else if bytes.starts(with: NumPyArray.magic) {
      self = .npy
    } else if bytes.starts(with: [0x1F, 0x8B]) {
      self = .gzip
    } else if bytes.count >= 4, bytes[0] == 0, bytes[1] == 0, (8...14).contains(bytes[2]), bytes[3] > 0 {
      self = .idx
    } else if bytes.count >= 3, bytes[0] == 0x50, (0x31...0x36).contains(bytes[1]), Self.endsMagic(bytes[2]) {
      self = .pnm
    } else {
      self = .other
    }
  }

  /// White space or a comment follows the `P5` of a PNM file.
  private static func endsMagic(_ byte: UInt8) -> Bool {
    byte == 0x20 || (0x09...0x0D).contains(byte) || byte == 0x23
  }

  /// Names of formats that people try, by their first bytes at an offset.
  private static let known: [(name: String, offset: Int, magic: [UInt8])] = [
    ("a GIF", 0, Array("GIF8".utf8)), ("a WebP", 8, Array("WEBP".utf8)), ("a BMP", 0, Array("BM".utf8)),
    ("a TIFF", 0, [0x49, 0x49, 0x2A, 0]), ("a TIFF", 0, [0x4D, 0x4D, 0, 0x2A]),
    ("an AVIF or HEIC", 4, Array("ftyp".utf8)), ("a PDF", 0, Array("%PDF".utf8)),
    ("a ZIP or .npz", 0, [0x50, 0x4B, 3, 4]), ("a PAM", 0, Array("P7".utf8)),
  ]

  /// The diagnostic for bytes that no decoder takes.
  static func unsupported(_ bytes: [UInt8], name: String) -> Diagnostics {
    let expected = "expected PNG, JPEG, PNM, .npy or IDX"
    let help = ["convert it to PNG"]
    guard !bytes.isEmpty else { return .input(name, "\(expected), found an empty file", help: help) }
    for format in known where bytes.dropFirst(format.offset).starts(with: format.magic) {
      return .input(name, "\(expected), found \(format.name) file", help: help)
    }
    let start = bytes.prefix(8).map { byte in
      let digits = String(byte, radix: 16)
      return digits.count == 1 ? "0" + digits : digits
    }
    return .input(
      name, "\(expected), found a file that begins with the bytes \(start.joined(separator: " "))", help: help
    )
  }
}
