import CNNGraph
import CNNSpec

/// What a spec says and ONNX has no place for, as texts under keys of a model's `metadata_props`: JSON.
package struct ModelMetadata: Sendable {
  /// The keys, of which the README tells.
  package enum Key: String, CaseIterable, Sendable {
    /// A list of labels, in the order of the first output's channels.
    case classes
    /// How an image becomes the input, as a spec's `preprocess`.
    case preprocess
    /// Which input channels each filter of a convolution reads, by the node's name; the other weights are 0.
    case connections = "cnnc.connections"
  }

  package let entries: [StringStringEntry]

  /// - Parameter network: without errors.
  init(_ network: CheckedNetwork) {
    var texts: [(Key, String)] = []
    if case .labels(let labels, _) = network.spec.classes {
      texts.append((.classes, JSONValue.strings(labels).text))
    }
    texts.append((.preprocess, network.spec.preprocessing.json))
    let connections = network.layers.compactMap { layer -> (key: String, value: JSONValue)? in
      guard case .conv2d(let conv)? = layer.operators.first, let table = conv.connections else { return nil }
      return (layer.name, .array(table.map { .integers($0) }))
    }
    if !connections.isEmpty { texts.append((.connections, JSONValue.object(connections).text)) }
    entries = texts.map { StringStringEntry($0.0.rawValue, $0.1) }
  }
}

/// Reads a model's metadata: text of whoever wrote the file, of which what is not sound is left out, with a note.
struct MetadataReading {
  private let texts: [ModelMetadata.Key: String]
  private(set) var notes: [String] = []

  init(_ entries: [StringStringEntry]) {
    var texts: [ModelMetadata.Key: String] = [:]
    for entry in entries { if let key = ModelMetadata.Key(rawValue: entry.key) { texts[key] = entry.value } }
    self.texts = texts
  }

  /// - Parameter channels: of the first output; there is a label for each.
  mutating func classes(channels: Int) -> [String]? {
    guard let document = document(.classes) else { return nil }
    guard case .sequence(let items) = document.content, items.count == channels else {
      return leaveOut(.classes, "expected a list of \(channels) labels, one a channel of the output")
    }
    let labels = items.compactMap { $0.scalar?.text }
    guard labels.count == channels else { return leaveOut(.classes, "expected labels only") }
    return labels
  }

  mutating func preprocessing(_ input: Shape) -> Preprocessing? {
    guard let text = texts[.preprocess] else { return nil }
    do throws(Diagnostics) {
      return try Preprocessing.read(
        json: text, channels: input.channels, height: input.height, width: input.width)
    } catch {
      return leaveOut(.preprocess, error.all.first?.message ?? "it is not sound")
    }
  }

  /// For each node that has some, the input channels of each filter.
  mutating func connections() -> [String: [[Int]]] {
    guard let document = document(.connections) else { return [:] }
    var found: [String: [[Int]]] = [:]
    guard case .mapping(let entries) = document.content else {
      return leaveOut(.connections, "expected lists of input channels by the names of nodes") ?? [:]
    }
    for entry in entries {
      guard let table = Self.table(entry.value) else {
        return leaveOut(.connections, "expected a list of lists of input channels") ?? [:]
      }
      found[entry.key.text] = table
    }
    return found
  }

  private static func table(_ value: DocumentValue) -> [[Int]]? {
    guard case .sequence(let filters) = value.content else { return nil }
    var table: [[Int]] = []
    for filter in filters {
      guard case .sequence(let items) = filter.content else { return nil }
      let channels = items.compactMap { $0.scalar.flatMap { Int($0.text) } }
      guard channels.count == items.count else { return nil }
      table.append(channels)
    }
    return table
  }

  private mutating func document(_ key: ModelMetadata.Key) -> DocumentValue? {
    guard let text = texts[key] else { return nil }
    do throws(Diagnostics) {
      return try DocumentReader.read(SourceText(name: "\(key.rawValue).json", text))
    } catch {
      return leaveOut(key, error.all.first?.message ?? "it is no JSON")
    }
  }

  private mutating func leaveOut<Value>(_ key: ModelMetadata.Key, _ why: String) -> Value? {
    notes.append("the model's metadata `\(key.rawValue)` is left out: \(why)")
    return nil
  }
}
