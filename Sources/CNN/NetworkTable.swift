import CNNGraph
import CNNSpec

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
      if rules.contains(index) { lines.append(widths.map { String(repeating: "-", count: $0) }.joined(separator: "  ")) }
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

package enum Figures {
  /// `1,234,567`
  package static func grouped(_ number: Int) -> String {
    let digits = String(number.magnitude)
    var result = ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index) % 3 == 0 { result += "," }
      result.append(digit)
    }
    return number < 0 ? "-" + result : result
  }

  /// `3.1 MB`, in powers of 1024; bytes below one of them exactly.
  package static func bytes(_ number: Int) -> String {
    var value = Double(number)
    for unit in ["B", "KB", "MB", "GB", "TB"] {
      if value < 1024 || unit == "TB" {
        return unit == "B" ? "\(number) B" : "\(fixed(value, digits: 1)) \(unit)"
      }
      value /= 1024
    }
    preconditionFailure("the last unit returns")
  }

  /// A number with so many digits behind the point.
  package static func fixed(_ number: Double, digits: Int) -> String {
    guard number.isFinite, abs(number) < 1e15 else { return "\(number)" }
    let scale = (0..<digits).reduce(1) { value, _ in value * 10 }
    let rounded = Int((abs(number) * Double(scale)).rounded())
    let sign = number < 0 && rounded > 0 ? "-" : ""
    guard digits > 0 else { return "\(sign)\(rounded)" }
    let fraction = String(rounded % scale)
    return "\(sign)\(rounded / scale)." + String(repeating: "0", count: digits - fraction.count) + fraction
  }
}

/// The layers of a network with what is known of them.
package struct NetworkTable {
  private let network: CheckedNetwork

  package init(_ network: CheckedNetwork) { self.network = network }

  package var text: String {
    var table = TextTable([
      ("layer", .left), ("input", .left), ("output", .left), ("parameters", .right),
      ("multiplications", .right), ("memory", .right),
    ])
    for layer in network.layers {
      let isKnown = layer.outputShape != nil
      table.add([
        Self.short(layer.name), Self.inputs(layer), layer.outputShape?.description ?? "?",
        isKnown ? Self.count(layer.parameterCount) : "?", isKnown ? Self.count(layer.multiplications) : "?",
        isKnown ? Figures.bytes(layer.activationBytes) : "?",
      ])
    }
    table.addRule()
    let totals = network.totals
    table.add([
      "total", network.input.description, network.shape(of: network.result)?.description ?? "?",
      Figures.grouped(totals.parameters), Figures.grouped(totals.multiplications),
      Figures.bytes(totals.activationBytes),
    ])
    return table.text
  }

  private static func count(_ number: Int) -> String { number == 0 ? "" : Figures.grouped(number) }

  private static func inputs(_ layer: CheckedLayer) -> String {
    guard let shapes = layer.inputShapes, let first = shapes.first else { return "?" }
    if shapes.count == 1 { return first.description }
    return shapes.allSatisfy { $0 == first } ? "\(shapes.count) x \(first)" : "\(shapes.count) branches"
  }

  /// Long names keep their end, which tells them apart.
  private static func short(_ name: String) -> String {
    name.count <= 24 ? name : "..." + name.suffix(21)
  }
}
