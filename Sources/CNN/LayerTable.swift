import CNNGraph

/// The layers of a network with what is known of them, on a terminal of 80 columns: large counts of
/// multiplications are rounded, and long names cut, where the whole would not fit.
package struct LayerTable {
  private static let columns = 80
  private let network: CheckedNetwork

  package init(_ network: CheckedNetwork) { self.network = network }

  package var text: String {
    let full = table(nameWidth: .max, Figures.grouped)
    if Self.width(full) <= Self.columns { return full }
    let rounded = table(nameWidth: .max, Self.rounded)
    let excess = Self.width(rounded) - Self.columns
    if excess <= 0 { return rounded }
    let longest = network.layers.map(\.name.count).max() ?? 0
    return table(nameWidth: max(longest - excess, 12), Self.rounded)
  }

  private func table(nameWidth: Int, _ figure: (Int) -> String) -> String {
    var table = TextTable([
      ("layer", .left), ("input", .left), ("output", .left), ("parameters", .right),
      ("multiplies", .right), ("memory", .right),
    ])
    for layer in network.layers {
      let isKnown = layer.outputShape != nil
      func count(_ number: Int, _ text: (Int) -> String) -> String {
        !isKnown ? "?" : number == 0 ? "" : text(number)
      }
      table.add([
        layer.name.shortened(to: nameWidth), Self.inputs(layer), layer.outputShape?.description ?? "?",
        count(layer.parameterCount, Figures.grouped), count(layer.multiplications, figure),
        isKnown ? Figures.bytes(layer.activationBytes) : "?",
      ])
    }
    table.addRule()
    let totals = network.totals
    table.add([
      "total", network.input.description, network.shape(of: network.result)?.description ?? "?",
      Figures.grouped(totals.parameters), figure(totals.multiplications),
      Figures.bytes(totals.activationBytes),
    ])
    return table.text
  }

  /// `1.85 G`: three digits or more, in powers of 1000.
  private static func rounded(_ number: Int) -> String {
    var value = Double(number)
    for unit in ["", " k", " M", " G", " T", " P"] {
      if value < 999.995 || unit == " P" {
        return unit.isEmpty ? "\(number)" : Figures.fixed(value, digits: 2) + unit
      }
      value /= 1000
    }
    preconditionFailure("the last unit returns")
  }

  private static func inputs(_ layer: CheckedLayer) -> String {
    guard let shapes = layer.inputShapes, let first = shapes.first else { return "?" }
    if shapes.count == 1 { return first.description }
    return shapes.allSatisfy { $0 == first } ? "\(shapes.count) x \(first)" : "\(shapes.count) branches"
  }

  private static func width(_ text: String) -> Int {
    text.split(separator: "\n").map(\.count).max() ?? 0
  }
}

extension String {
  /// Cut in the middle, so that both the block and the layer in it are still told.
  package func shortened(to width: Int) -> String {
    guard count > width else { return self }
    let end = min(8, (width - 2) / 2)
    return prefix(width - 2 - end) + ".." + suffix(end)
  }
}
