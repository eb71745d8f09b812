/// Many findings of one file, as lines of help.
package enum Findings {
  /// The first of many lines, and how many there are behind them.
  package static func listed(_ lines: [String]) -> [String] {
    let limit = 50
    return lines.count > limit ? lines.prefix(limit) + ["and \(lines.count - limit) more"] : lines
  }
}
