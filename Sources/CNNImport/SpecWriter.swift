import CNNGraph
import CNNSpec

/// Writes an imported network as a spec: as the pattern that it is, or as a list of steps with its blocks and repeats.
enum SpecWriter {
  struct Result {
    var text: String
    /// The imported layer that each layer of the expanded spec is.
    var order: [Int]
  }

  /// - Parameter origin: where the network comes from, for the first line.
  static func write(_ graph: ImportedGraph, name: String, origin: String) -> Result {
    let nested = Nesting.structure(of: graph)
    let steps = written(BlockFinder.find(in: nested), isFlat: false)
    var lines = steps.lines
    if let pattern = StagePattern.find(in: nested) {
      let found = ["network: \"\(pattern.text)\"", "where:"] + pattern.names.map { "  \($0)" }
      // What is longer than the steps says less than they do.
      if found.joined().utf8.count <= lines.joined().utf8.count { lines = found }
    }
    return Result(text: head(graph, name: name, origin: origin) + text(lines), order: steps.order)
  }

  /// The same network layer by layer, as a measure for what ``write(_:name:origin:)`` finds.
  static func writeFlat(_ graph: ImportedGraph, name: String) -> Result {
    let steps = written(Nesting.structure(of: graph, isFlat: true), isFlat: true)
    return Result(text: head(graph, name: name, origin: "flat") + text(steps.lines), order: steps.order)
  }

  private static func text(_ lines: [String]) -> String { lines.joined(separator: "\n") + "\n" }

  private static func head(_ graph: ImportedGraph, name: String, origin: String) -> String {
    var head = [
      "# \(comment(origin))",
      "# The model does not say how an image becomes its input: add `preprocess` where it differs from `scale: 1/255`.",
      "name: \(name)", "input: \(graph.input)",
    ]
    if graph.layers.contains(where: \.isRounded) { head.append("rounding: floor") }
    return text(head)
  }

  /// Printable characters only: the text comes from a file's name.
  private static func comment(_ text: String) -> String {
    String(text.map { $0.isASCII && !$0.isNewline && $0 >= " " && $0 < "\u{7F}" ? $0 : "?" }.prefix(200))
  }

  /// `network`, `blocks` and `outputs`, and the order of the layers.
  private static func written(_ structure: Structure, isFlat: Bool) -> (lines: [String], order: [Int]) {
    var structure = structure
    var network = structure.phrases
    if !isFlat {
      let named = structure.named
      let (calls, bodies) = (structure, structure.blocks.map(\.network))
      network = Repeats.folded(network) { key in
        guard case .atom(let atom) = key, let layer = calls.layer(of: atom) else { return false }
        return named.contains(layer)
      }
      for (index, body) in bodies.enumerated() {
        structure.blocks[index].network = Repeats.folded(body) { _ in false }
      }
    }
    let labels = Labels(network, structure)
    let printer = PhrasePrinter(label: labels.label, name: labels.name)
    var lines = ["network:"] + printer.steps(network, indent: 2)
    if !structure.blocks.isEmpty { lines.append("blocks:") }
    for block in structure.blocks {
      lines.append("  \(block.name):")
      let parameters = block.parameters.map { "\($0.name): \($0.fallback ?? "required")" }
      if !parameters.isEmpty { lines.append("    parameters: {\(parameters.joined(separator: ", "))}") }
      lines += ["    network:"] + printer.steps(block.network, indent: 6)
    }
    let graph = structure.graph
    let last = structure.network.last.map(structure.result)
    if graph.outputs != last.map({ [.layer($0)] }) {
      let names = graph.outputs.map { output -> String in
        guard case .layer(let index) = output else { preconditionFailure("an output is a layer's") }
        return labels.name(index)
      }
      lines.append("outputs: [\(names.joined(separator: ", "))]")
    }
    return (lines, structure.order(of: structure.network))
  }
}
