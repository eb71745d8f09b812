/// A table for people: columns aligned, numbers to the right with separators of thousands.
package struct TextTable {
  package enum Alignment { case left, right }

  private let alignments: [Alignment]
  private var rows: [[String]]
  private var rules: Set<Int> = [1]

  package init(_ columns: [(title: String, alignment: Alignment)]) {
    alignments = columns.map(\.alignment)
    rows = [columns.map(\.title)]
  }

  package mutating func add(_ cells: [String]) { rows.append(cells) }

  /// A line between what is there and what follows.
  package mutating func addRule() { rules.insert(rows.count) }

  package var text: String {
    let widths = alignments.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    var lines: [String] = []
    for (index, row) in rows.enumerated() {
      if rules.contains(index) {
        lines.append(widths.map { String(repeating: "-", count: $0) }.joined(separator: "  "))
      }
      let cells = row.enumerated().map { column, cell in
        let gap = String(repeating: " ", count: widths[column] - cell.count)
        return alignments[column] == .left ? cell + gap : gap + cell
      }
      var line = cells.joined(separator: "  ")
      while line.last == " " { line.removeLast() }
      lines.append(line)
    }
    return lines.joined(separator: "\n")
  }
}
