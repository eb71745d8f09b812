import CNNGraph
import CNNSpec

/// Writes an imported network as a spec: as the pattern that it is, or as a list of steps with its blocks and repeats.
enum SpecWriter {
  struct Result {
    var text: String
    /// The imported layer that each layer of the expanded spec is.
    var order: [Int]
  }

  /// How much of the structure is written.
  enum Style {
    /// Blocks, of chains too, and repeats.
    case chained
    /// Blocks of joins, repeats and the lecture's pattern.
    case folded
    /// Blocks, each step by itself, so that it may have a name of its own.
    case nested
    /// Layer by layer, with references where branches meet.
    case flat
  }

  /// - Parameter origin: where the network comes from, for the first line.
  /// - Returns: nil where no more structure is found than the next style has.
  static func write(_ graph: ImportedGraph, _ style: Style, name: String, origin: String) -> Result? {
    let tree = style == .flat ? Nesting.flat(graph) : Nesting.structure(of: graph)
    var structure = style == .flat ? tree : BlockFinder.find(in: tree)
    if style == .chained {
      guard StagePattern.find(in: tree) == nil, let found = ChainFinder.find(in: structure) else {
        return nil
      }
      structure = found
    }
    let steps = written(structure, isFolded: style == .folded || style == .chained)
    var lines = steps.lines
    if style == .folded, let pattern = StagePattern.find(in: tree) {
      let found = ["network: \"\(pattern.text)\"", "where:"] + pattern.names.map { "  \($0)" }
      // What is longer than the steps says less than they do.
      if found.joined().utf8.count <= lines.joined().utf8.count { lines = found }
    }
    if let preprocessing = graph.preprocessing { lines.append("preprocess: \(preprocessing.text)") }
    if let classes = graph.classes {
      lines.append("classes: [\(classes.map(YAMLText.flowScalar).joined(separator: ", "))]")
    }
    return Result(text: head(graph, name: name, origin: origin) + text(lines), order: steps.order)
  }

  private static func text(_ lines: [String]) -> String { lines.joined(separator: "\n") + "\n" }

  private static func head(_ graph: ImportedGraph, name: String, origin: String) -> String {
    var head = ["# \(comment(origin))"]
    if graph.preprocessing == nil {
      head.append(
        "# The model does not say how an image becomes its input: add `preprocess` where it differs from `scale: 1/255`."
      )
    }
    head += ["name: \(name)", "input: \(graph.input)"]
    if graph.layers.contains(where: \.isRounded) { head.append("rounding: floor") }
    return text(head)
  }

  /// Printable characters only: the text comes from a file's name.
  private static func comment(_ text: String) -> String {
    String(text.map { $0.isASCII && !$0.isNewline && $0 >= " " && $0 < "\u{7F}" ? $0 : "?" }.prefix(200))
  }

  /// Tables are too long for a pattern.
  private static func connections(_ graph: ImportedGraph, _ labels: Labels) -> [String] {
    let entries = graph.layers.indices.compactMap { index in
      graph.layers[index].connections.map { table in
        let filters = table.map { "[\($0.map(String.init).joined(separator: ", "))]" }
        return "  \(labels.name(index)): {connections: [\(filters.joined(separator: ", "))]}"
      }
    }
    return entries.isEmpty ? [] : ["where:"] + entries
  }

  /// `network`, `blocks` and `outputs`, and the order of the layers.
  private static func written(_ structure: Structure, isFolded: Bool) -> (lines: [String], order: [Int]) {
    var structure = structure
    var network = structure.phrases
    if isFolded {
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
    lines += connections(structure.graph, labels)
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
