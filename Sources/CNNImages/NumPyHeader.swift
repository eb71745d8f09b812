import CNNSpec

/// The header of a `.npy` file: magic, version, length, then a Python dictionary such as
/// `{'descr': '<f4', 'fortran_order': False, 'shape': (2, 10), }`.
struct NumPyHeader {
  var descr = ""
  var isFortranOrder = false
  var shape: [Int] = []
  /// Bytes before the values.
  var size = 0

  /// Longer dictionaries are refused; NumPy's own limit is 10,000.
  private static let limit = 1 << 16

  init(decoding bytes: [UInt8], name: String) throws(Diagnostics) {
    let truncated = Diagnostics.input(name, "the .npy header is truncated", help: ["write the file again"])
    guard bytes.count >= 10 else { throw truncated }
    let major = bytes[6]
    guard (1...3).contains(major) else {
      throw .input(name, "expected version 1, 2 or 3 of the .npy format, found \(major).\(bytes[7])")
    }
    var length = Int(bytes[8]) | Int(bytes[9]) << 8
    var start = 10
    if major > 1 {
      guard bytes.count >= 12 else { throw truncated }
      length |= Int(bytes[10]) << 16 | Int(bytes[11]) << 24
      start = 12
    }
    guard length <= Self.limit else {
      throw .input(name, "the .npy header says it has \(length) bytes; at most \(Self.limit) can be read")
    }
    guard bytes.count - start >= length else { throw truncated }
    size = start + length
    var scanner = LiteralScanner(bytes[start..<size])
    guard scanner.header(into: &self) else {
      throw .input(
        name, "the .npy header is damaged at byte \(scanner.offset)",
        help: ["expected {'descr': '<f4', 'fortran_order': False, 'shape': (1, 28, 28), }"])
    }
  }

  /// A header of version 1, filled up so that the values start at a multiple of 64 bytes.
  static func encode(descr: String, shape: [Int]) -> [UInt8] {
    let extents = shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? "," : "")
    var text = "{'descr': '\(descr)', 'fortran_order': False, 'shape': (\(extents)), }"
    while (10 + text.utf8.count + 1) % 64 != 0 { text += " " }
    text += "\n"
    let count = text.utf8.count
    return NumPyArray.magic + [1, 0, UInt8(count & 0xFF), UInt8(count >> 8)] + Array(text.utf8)
  }
}

/// Reads as much of Python's literals as a `.npy` header needs; every function returns false or nil at
/// what it does not know.
private struct LiteralScanner {
  private let bytes: ArraySlice<UInt8>
  private(set) var offset: Int

  init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    offset = bytes.startIndex
  }

  /// The whole dictionary, each of the three keys once, nothing behind it.
  mutating func header(into header: inout NumPyHeader) -> Bool {
    guard take("{") else { return false }
    var seen: Set<String> = []
    while !take("}") {
      guard let key = string(), take(":"), seen.insert(key).inserted else { return false }
      switch key {
      case "descr":
        guard let value = string() ?? structure() else { return false }
        header.descr = value
      case "fortran_order":
        guard let value = boolean() else { return false }
        header.isFortranOrder = value
      case "shape":
        guard let value = tuple() else { return false }
        header.shape = value
      default: return false
      }
      guard take(",") || peek("}") else { return false }
    }
    skipSpace()
    return offset == bytes.endIndex && seen.count == 3
  }

  private mutating func skipSpace() {
    while offset < bytes.endIndex, bytes[offset] == 0x20 || (0x09...0x0D).contains(bytes[offset]) {
      offset += 1
    }
  }

  private mutating func peek(_ character: Unicode.Scalar) -> Bool {
    skipSpace()
    return offset < bytes.endIndex && bytes[offset] == UInt8(ascii: character)
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard peek(character) else { return false }
    offset += 1
    return true
  }

  private mutating func string() -> String? {
    let quote: Unicode.Scalar = peek("\"") ? "\"" : "'"
    guard take(quote) else { return nil }
    let start = offset
    guard let end = bytes[start...].firstIndex(of: UInt8(ascii: quote)) else { return nil }
    offset = end + 1
    return String(decoding: bytes[start..<end], as: UTF8.self)
  }

  /// A list of fields, which no reader here takes; passed so that the message can name it.
  private mutating func structure() -> String? {
    guard take("[") else { return nil }
    var depth = 1
    while offset < bytes.endIndex, depth > 0 {
      if bytes[offset] == UInt8(ascii: "[") { depth += 1 }
      if bytes[offset] == UInt8(ascii: "]") { depth -= 1 }
      offset += 1
    }
    return depth == 0 ? "a structured type" : nil
  }

  private mutating func boolean() -> Bool? {
    skipSpace()
    for (word, value) in [("True", true), ("False", false)] where bytes[offset...].starts(with: word.utf8) {
      offset += word.utf8.count
      return value
    }
    return nil
  }

  private mutating func tuple() -> [Int]? {
    guard take("(") else { return nil }
    var extents: [Int] = []
    while !take(")") {
      skipSpace()
      let start = offset
      while offset < bytes.endIndex, (0x30...0x39).contains(bytes[offset]) { offset += 1 }
      // Int's initializer refuses what overflows.
      guard let extent = Int(String(decoding: bytes[start..<offset], as: UTF8.self)) else { return nil }
      extents.append(extent)
      _ = take("L")
      guard take(",") || peek(")") else { return nil }
    }
    return extents
  }
}
