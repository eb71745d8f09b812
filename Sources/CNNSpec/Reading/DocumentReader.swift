/// A spec's text as a tree: JSON where the file says so, YAML otherwise.
package enum DocumentReader {
  /// - Throws: what is wrong with the encoding or the syntax, and every duplicate key.
  package static func read(_ text: SourceText) throws(Diagnostics) -> DocumentValue {
    try validate(text)
    let content = text.bytes.dropFirst(text.bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0)
    let isJSON = text.name.hasSuffix(".json") || content.first == UInt8(ascii: "{")
    guard !content.allSatisfy({ [0x20, 0x09, 0x0A, 0x0D].contains($0) }) else {
      throw Diagnostics(
        Diagnostic(
          .emptySpec, "the file is empty", at: SourceRange(text: text, start: 0, end: 0),
          help: ["a spec needs at least `input: 3x32x32` and `network: conv(16, 3) - relu`"]))
    }
    return isJSON ? try JSONReader.read(text) : try YAMLReader.read(text)
  }

  private static func validate(_ text: SourceText) throws(Diagnostics) {
    let bytes = text.bytes
    func fail(_ message: String, at offset: Int) -> Diagnostics {
      Diagnostics(
        Diagnostic(
          .invalidUTF8, message, at: SourceRange(text: text, start: offset, end: offset),
          help: ["a spec is UTF-8 text; weights and images have options of their own"]))
    }
    guard bytes.count <= SpecLimits.bytes else {
      throw Diagnostics(
        Diagnostic(
          .fileTooLarge, "\(bytes.count) bytes are more than the \(SpecLimits.bytes) of a spec",
          at: .file(text.name)))
    }
    if let control = bytes.firstIndex(where: { $0 < 0x20 && $0 != 0x09 && $0 != 0x0A && $0 != 0x0D }) {
      throw fail("a byte of value \(bytes[control]) is no text", at: control)
    }
    if let bad = firstInvalid(bytes) {
      throw fail("the byte \(hexadecimal(bytes[bad])) is not UTF-8", at: bad)
    }
  }

  private static func hexadecimal(_ byte: UInt8) -> String { "0x" + String(byte, radix: 16, uppercase: true) }

  /// The offset of the first byte that is not part of a well-formed scalar.
  private static func firstInvalid(_ bytes: [UInt8]) -> Int? {
    if bytes.allSatisfy({ $0 < 0x80 }) { return nil }
    var offset = 0
    var decoder = UTF8()
    var iterator = bytes.makeIterator()
    while true {
      switch decoder.decode(&iterator) {
      case .scalarValue(let scalar): offset += UTF8.width(scalar)
      case .emptyInput: return nil
      case .error: return offset
      }
    }
  }
}
