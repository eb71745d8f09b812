/// One finding about what the user gave: what is wrong, where, and what to do.
public struct Diagnostic: Hashable, Sendable {
  /// Whether a finding keeps a network from being used: only an error does.
  public enum Severity: String, Sendable { case error, warning, note }

  /// Where a finding points.
  public enum Place: Hashable, Sendable {
    /// A range of a spec's text.
    case text(SourceRange)
    /// A file as a whole: weights, an image, a data folder.
    case file(String)
    /// The command line or the call.
    case none
  }

  public var severity: Severity
  /// The stable name of this kind of finding.
  public var code: DiagnosticCode
  /// One line: what was expected, and what was found.
  public var message: String
  /// What would fit, best first; each a line of its own.
  public var help: [String]
  /// What it is about.
  public var place: Place

  package init(
    _ code: DiagnosticCode, _ message: String, at place: Place, help: [String] = [],
    severity: Severity = .error
  ) {
    self.severity = severity
    self.code = code
    self.message = Self.printable(message)
    self.help = help.map(Self.printable)
    self.place = place
  }

  package init(
    _ code: DiagnosticCode, _ message: String, at range: SourceRange, help: [String] = [],
    severity: Severity = .error
  ) {
    self.init(code, message, at: .text(range), help: help, severity: severity)
  }

  /// Messages quote what the user wrote, which may be megabytes, or hold what a terminal obeys.
  private static func printable(_ text: String) -> String {
    let limit = 600
    var scalars = text.unicodeScalars[...]
    if text.utf8.count > limit { scalars = scalars.prefix(limit) }
    let isClean = !scalars.contains { $0.properties.generalCategory == .control }
    if isClean, scalars.endIndex == text.unicodeScalars.endIndex { return text }
    var result = String.UnicodeScalarView()
    for scalar in scalars {
      result.append(scalar.properties.generalCategory == .control ? "\u{FFFD}" : scalar)
    }
    if scalars.endIndex != text.unicodeScalars.endIndex { result.append(contentsOf: "...".unicodeScalars) }
    return String(result)
  }
}

/// All findings of a phase, thrown together. At least one of them is an error.
public struct Diagnostics: Error, Sendable, Hashable {
  /// The findings, in the order in which they were made.
  public var all: [Diagnostic]

  package init(_ all: [Diagnostic]) { self.all = all }
  package init(_ one: Diagnostic) { all = [one] }

  package var hasErrors: Bool { all.contains { $0.severity == .error } }
}

extension Diagnostic: CustomStringConvertible {
  /// `FILE:LINE:COLUMN: error[CODE]: message`, the source line with a caret, and the help lines.
  public var description: String { rendered() }

  /// The text of this finding as the command prints it.
  /// - Parameter columns: width to which a long source line is cut.
  package func rendered(columns: Int = 100) -> String {
    let label = "\(severity.rawValue)[\(code.rawValue)]: \(message)"
    var lines: [String]
    switch place {
    case .none: lines = [label]
    case .file(let path): lines = ["\(path): \(label)"]
    case .text(let range):
      let start = range.startPosition
      lines = ["\(range.text.name):\(start.line):\(start.column): \(label)"]
      lines += Self.excerpt(range, from: start, columns: columns)
    }
    lines += help.map { "  help: \($0)" }
    return lines.joined(separator: "\n")
  }

  /// The source line and a row of carets under the range, cut to `columns` round the range's start.
  ///
  /// Only what is shown is decoded: a line may be as long as the file.
  private static func excerpt(_ range: SourceRange, from start: SourcePosition, columns: Int) -> [String] {
    let line = range.text.lineBytes(start.line)
    guard !line.isEmpty else { return [] }
    let caret = max(line.lowerBound, min(range.start, line.upperBound))
    let column = start.column - 1
    let room = column < columns - 20 ? column : columns / 2
    let before = range.text.scalars(endingAt: caret, from: line.lowerBound, atMost: room)
    let behind = range.text.scalars(in: caret..<line.upperBound, atMost: columns - room)
    let marked = range.text.scalars(
      in: caret..<max(caret, min(range.end, line.upperBound)), atMost: behind.count)
    let isCut = range.text.scalars(in: caret..<line.upperBound, atMost: behind.count + 1).count > behind.count
    let prefix = column > before.count ? "..." : ""
    let shown = (before + behind).map { $0.properties.generalCategory == .control ? " " : Character($0) }
    let indent = String(repeating: " ", count: prefix.count + before.count)
    return [
      "  \(prefix)\(String(shown))\(isCut ? "..." : "")",
      "  \(indent)\(String(repeating: "^", count: max(1, marked.count)))",
    ]
  }
}

extension Diagnostics: CustomStringConvertible {
  /// The findings as the command prints them, one behind the other.
  public var description: String { all.map(\.description).joined(separator: "\n") }
}

/// Gathers the findings of a phase, so that one run reports all of them.
package struct DiagnosticCollector {
  package private(set) var all: [Diagnostic] = []
  /// Errors past this number are counted, not kept; and so are warnings and notes together, so that many
  /// notes never hide an error.
  package static let limit = 100
  package private(set) var dropped = 0
  package private(set) var hasErrors = false
  private var errors = 0
  private var droppedErrors = 0
  private var known: Set<Key> = []

  /// What makes two findings one.
  private struct Key: Hashable {
    var code: DiagnosticCode
    var message: String
    var place: Diagnostic.Place
  }

  package init() {}

  /// Whether further errors are only counted.
  package var isFull: Bool { errors >= Self.limit }

  /// Keeps a finding, unless it is there already: a repeat meets the same mistake in every turn.
  package mutating func report(_ diagnostic: Diagnostic) {
    let key = Key(code: diagnostic.code, message: diagnostic.message, place: diagnostic.place)
    guard known.insert(key).inserted else { return }
    let isError = diagnostic.severity == .error
    if isError { hasErrors = true }
    guard (isError ? errors : all.count - errors) < Self.limit else {
      dropped += 1
      if isError { droppedErrors += 1 }
      return
    }
    all.append(diagnostic)
    if isError { errors += 1 }
  }

  /// What was kept and, last, how many more there were.
  package var findings: [Diagnostic] {
    guard dropped > 0 else { return all }
    let what =
      switch droppedErrors {
      case 0: "\(dropped) more warnings and notes"
      case dropped: "\(dropped) more error\(dropped > 1 ? "s" : "")"
      default: "\(dropped) more, \(droppedErrors) of them errors"
      }
    return all + [Diagnostic(.moreFindings, "... and \(what)", at: .none, severity: .note)]
  }

  /// Keeps an error; its help is made up only where it is new and will be kept.
  package mutating func error(
    _ code: DiagnosticCode, _ message: String, at range: SourceRange,
    help: @autoclosure () -> [String] = []
  ) {
    let diagnostic = Diagnostic(code, message, at: range)
    let key = Key(code: code, message: diagnostic.message, place: diagnostic.place)
    let isKept = !isFull && !known.contains(key)
    report(isKept ? Diagnostic(code, message, at: range, help: help()) : diagnostic)
  }
}
