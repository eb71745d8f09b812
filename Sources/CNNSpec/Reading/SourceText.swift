/// A text that ranges point into: a spec's file, with the start of every line.
public final class SourceText: Sendable {
  /// What a text is called that comes from standard input.
  package static let standardInput = "<standard input>"

  /// The path as the user gave it, `<standard input>`, or a shipped spec's name.
  public let name: String
  package let bytes: [UInt8]
  /// The byte offset of the first byte of each line; lines end with LF, CRLF or CR.
  private let lineStarts: [Int]

  package init(name: String, bytes: [UInt8]) {
    self.name = name
    self.bytes = bytes
    // A byte order mark is no column.
    var starts = [bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0]
    for (offset, byte) in bytes.enumerated() {
      let isLineFeed = byte == 0x0A
      let isLoneReturn = byte == 0x0D && !(offset + 1 < bytes.count && bytes[offset + 1] == 0x0A)
      if isLineFeed || isLoneReturn { starts.append(offset + 1) }
    }
    lineStarts = starts
  }

  package convenience init(name: String, _ text: String) {
    self.init(name: name, bytes: Array(text.utf8))
  }

  /// Line and column of a byte offset, both from 1; columns count Unicode scalars.
  package func position(of offset: Int) -> SourcePosition {
    let line = lineIndex(of: offset)
    let start = lineStarts[line]
    let scalars = bytes[start..<max(start, min(offset, bytes.count))].count { $0 & 0xC0 != 0x80 }
    return SourcePosition(line: line + 1, column: scalars + 1)
  }

  /// The line of a byte offset, from 1. Quick even where the line is as long as the file.
  package func lineNumber(of offset: Int) -> Int { lineIndex(of: offset) + 1 }

  /// The text of a line (from 1) without its line end.
  package func line(_ number: Int) -> String {
    String(decoding: bytes[lineBytes(number)], as: UTF8.self)
  }

  /// The byte offsets of a line (from 1) without its line end.
  package func lineBytes(_ number: Int) -> Range<Int> {
    let start = lineStarts[number - 1]
    var end = number < lineStarts.count ? lineStarts[number] : bytes.count
    while end > start, bytes[end - 1] == 0x0A || bytes[end - 1] == 0x0D { end -= 1 }
    return start..<max(start, end)
  }

  /// The first scalars of a range.
  func scalars(in range: Range<Int>, atMost count: Int) -> [Unicode.Scalar] {
    // Four bytes are the longest scalar; one that the cut breaks is not shown.
    let end = min(range.upperBound, range.lowerBound + 4 * count)
    return Array(String(decoding: bytes[range.lowerBound..<end], as: UTF8.self).unicodeScalars.prefix(count))
  }

  /// The last scalars before an offset.
  func scalars(endingAt end: Int, from start: Int, atMost count: Int) -> [Unicode.Scalar] {
    let first = max(start, end - 4 * count)
    return Array(String(decoding: bytes[first..<end], as: UTF8.self).unicodeScalars.suffix(count))
  }

  private func lineIndex(of offset: Int) -> Int {
    var low = 0
    var high = lineStarts.count - 1
    while low < high {
      let middle = (low + high + 1) / 2
      if lineStarts[middle] <= offset { low = middle } else { high = middle - 1 }
    }
    return low
  }
}

/// A line and a column, both from 1; columns count Unicode scalars.
public struct SourcePosition: Hashable, Sendable {
  /// From 1.
  public var line: Int
  /// From 1.
  public var column: Int
}

/// A half-open range of bytes of a text.
public struct SourceRange: Sendable {
  /// The text that it is a part of.
  public let text: SourceText
  package var start: Int
  package var end: Int

  package init(text: SourceText, start: Int, end: Int) {
    self.text = text
    self.start = start
    self.end = end
  }

  /// Line and column of its first character.
  public var startPosition: SourcePosition { text.position(of: start) }
  /// Line and column behind its last character.
  public var endPosition: SourcePosition { text.position(of: end) }
  package var line: Int { text.lineNumber(of: start) }

  /// From the start of this range to the end of another one of the same text.
  package func union(_ other: SourceRange) -> SourceRange {
    SourceRange(text: text, start: min(start, other.start), end: max(end, other.end))
  }
}

extension SourceRange: Hashable {
  public static func == (left: Self, right: Self) -> Bool {
    left.text === right.text && left.start == right.start && left.end == right.end
  }
  public func hash(into hasher: inout Hasher) {
    hasher.combine(ObjectIdentifier(text))
    hasher.combine(start)
    hasher.combine(end)
  }
}
