/// One finding about what the user gave: what is wrong, where, and what to do.
public struct Diagnostic: Hashable, Sendable {
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
  public var code: DiagnosticCode
  public var message: String
  /// What would fit, best first; each a line of its own.
  public var help: [String]
  public var place: Place

  package init(
    _ code: DiagnosticCode, _ message: String, at place: Place, help: [String] = [],
    severity: Severity = .error
  ) {
    self.severity = severity
    self.code = code
    self.message = message
    self.help = help
    self.place = place
  }

  package init(
    _ code: DiagnosticCode, _ message: String, at range: SourceRange, help: [String] = [],
    severity: Severity = .error
  ) {
    self.init(code, message, at: .text(range), help: help, severity: severity)
  }
}

/// All findings of a phase, thrown together. At least one of them is an error.
public struct Diagnostics: Error, Sendable, Hashable {
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
  private static func excerpt(_ range: SourceRange, from start: SourcePosition, columns: Int) -> [String] {
    let scalars = range.text.line(start.line).unicodeScalars.map { scalar in
      scalar.properties.generalCategory == .control ? " " : scalar
    }
    guard !scalars.isEmpty else { return [] }
    let end = range.endPosition
    let caret = min(start.column - 1, scalars.count)
    let last = end.line == start.line ? max(end.column - 1, caret + 1) : max(scalars.count, caret + 1)
    let first = caret < columns - 20 ? 0 : caret - columns / 2
    let cut = min(scalars.count, first + columns)
    var line = String.UnicodeScalarView()
    line.append(contentsOf: scalars[first..<cut])
    let prefix = first > 0 ? "..." : ""
    let suffix = cut < scalars.count ? "..." : ""
    let carets = String(repeating: "^", count: max(1, min(last, cut) - caret))
    let indent = String(repeating: " ", count: prefix.count + caret - first)
    return ["  \(prefix)\(String(line))\(suffix)", "  \(indent)\(carets)"]
  }
}

extension Diagnostics: CustomStringConvertible {
  public var description: String { all.map(\.description).joined(separator: "\n") }
}

/// Gathers the findings of a phase, so that one run reports all of them.
package struct DiagnosticCollector {
  package private(set) var all: [Diagnostic] = []
  /// Findings past this number are counted, not kept.
  package static let limit = 1000
  package private(set) var dropped = 0
  private var known: Set<Diagnostic> = []

  package init() {}

  package var hasErrors: Bool { all.contains { $0.severity == .error } }

  /// Keeps a finding, unless it is there already: a repeat meets the same mistake in every turn.
  package mutating func report(_ diagnostic: Diagnostic) {
    guard known.insert(diagnostic).inserted else { return }
    if all.count < Self.limit { all.append(diagnostic) } else { dropped += 1 }
  }

  package mutating func error(
    _ code: DiagnosticCode, _ message: String, at range: SourceRange, help: [String] = []
  ) {
    report(Diagnostic(code, message, at: range, help: help))
  }
}
