import CNNGraph
import CNNSpec

/// Writes an imported network as a spec: a list of steps, a convolution or fully connected layer with what follows it
/// in a line.
struct SpecWriter {
  private let layers: [ImportedLayer]
  private let names: LayerNames
  private var lines: [String] = []
  /// The layers of the line that is being written.
  private var line: [String] = []
  private var current = ImportedLayer.Source.input

  struct Result {
    var text: String
    /// The imported layer that each layer of the expanded spec is.
    var order: [Int]
  }

  /// - Parameter origin: where the network comes from, for the first line.
  static func write(_ graph: ImportedGraph, name: String, origin: String) -> Result {
    var writer = SpecWriter(graph, LayerNames(graph.layers))
    for index in graph.layers.indices { writer.add(index) }
    writer.endLine()
    var head = ["# \(comment(origin))"]
    if graph.preprocessing == nil {
      head.append(
        "# The model does not say how an image becomes its input: add `preprocess` where it differs from `scale: 1/255`."
      )
    }
    head += ["name: \(name)", "input: \(graph.input)"]
    if let preprocessing = graph.preprocessing { head.append("preprocess: \(preprocessing.specText)") }
    if graph.layers.contains(where: \.isRounded) { head.append("rounding: floor") }
    head.append("network:")
    var tail: [String] = []
    if graph.outputs != [.layer(graph.layers.count - 1)] || writer.current != graph.outputs[0] {
      tail.append("outputs: [\(graph.outputs.map(writer.name).joined(separator: ", "))]")
    }
    return Result(
      text: (head + writer.lines + tail).joined(separator: "\n") + "\n", order: Array(graph.layers.indices))
  }

  private init(_ graph: ImportedGraph, _ names: LayerNames) {
    layers = graph.layers
    self.names = names
  }

  /// Printable characters only: the text comes from a file's name.
  private static func comment(_ text: String) -> String {
    String(text.map { $0.isASCII && !$0.isNewline && $0 >= " " && $0 < "\u{7F}" ? $0 : "?" }.prefix(200))
  }

  private func name(_ source: ImportedLayer.Source) -> String {
    guard case .layer(let index) = source else { preconditionFailure("the input has no name") }
    return names.names[index]
  }

  private mutating func endLine() {
    guard !line.isEmpty else { return }
    let text = line.joined(separator: " - ")
    // YAML has a meaning of its own for a scalar that begins with `@`.
    lines.append(text.hasPrefix("@") ? "  - \"\(text)\"" : "  - \(text)")
    line = []
  }

  private mutating func add(_ index: Int) {
    let layer = layers[index]
    let title = layer.kind + (names.labels[index].map { ":\($0)" } ?? "")
    defer { current = .layer(index) }
    if KindTable.joinNames.contains(layer.kind) {
      endLine()
      let branches = layer.inputs.map { $0 == current ? "identity" : "\"@\(name($0))\"" }
      return lines.append("  - \(title): [\(branches.joined(separator: ", "))]")
    }
    let arguments = layer.arguments.map { argument in
      argument.name.map { "\($0)=\(argument.value)" } ?? argument.value
    }
    let text = title + (arguments.isEmpty ? "" : "(\(arguments.joined(separator: ", ")))")
    let startsLine = ["conv", "depthwise", "deconv", "fc"].contains(layer.kind)
    if layer.inputs[0] != current {
      endLine()
      line = ["@\(name(layer.inputs[0]))"]
    } else if startsLine || line.joined(separator: " - ").count + text.count > 95 {
      endLine()
    }
    line.append(text)
  }
}
