import CNNSpec

/// Which layer computes what each layer reads.
///
/// A layer whose top has the name of its bottom works in place, and the name means something else from there on. So the
/// values of the wiring are numbered, and names are gone.
struct Wiring {
  struct Value {
    var name: String
    /// The index of the layer that computes it; nil for an `input` of the net.
    var layer: Int?
    /// Which of the layer's tops, or of the net's inputs, it is.
    var index: Int
    /// The indices of the layers that read it, once for each bottom.
    var readers: [Int] = []
  }

  private(set) var values: [Value] = []
  /// Of each layer, the values of its bottoms and tops.
  private(set) var bottoms: [[Int]] = []
  private(set) var tops: [[Int]] = []

  /// - Throws: `model-file` with every bottom that nothing computes and every top that two layers do.
  init(_ net: NetDefinition) throws(Diagnostics) {
    var findings = DiagnosticCollector()
    var current: [String: Int] = [:]
    for (index, input) in net.inputs.enumerated() {
      current[input.blob.name] = add(Value(name: input.blob.name, layer: nil, index: index))
    }
    for (index, layer) in net.layers.enumerated() {
      // Each further name would be compared with all that there are.
      if findings.isFull { break }
      var read: [Int] = []
      for bottom in layer.bottoms {
        if let value = current[bottom.name] {
          values[value].readers.append(index)
          read.append(value)
        } else if !findings.isFull {
          findings.error(
            .modelFile, "\(layer.title) reads `\(bottom.name)`, which nothing before it computes",
            at: bottom.range,
            help: Self.help(bottom.name, among: current.keys))
        }
      }
      bottoms.append(read)
      var made: [Int] = []
      for (number, top) in layer.tops.enumerated() {
        let isInPlace = number < layer.bottoms.count && layer.bottoms[number].name == top.name
        if !isInPlace, let other = current[top.name] {
          let place = values[other].layer.map { "\(net.layers[$0].title) does" } ?? "is an input"
          findings.error(
            .modelFile, "\(layer.title) computes `\(top.name)`, which \(place) already", at: top.range)
        }
        made.append(add(Value(name: top.name, layer: index, index: number)))
        current[top.name] = made[number]
      }
      tops.append(made)
    }
    if findings.hasErrors { throw Diagnostics(findings.findings) }
  }

  private static func help(_ name: String, among names: some Collection<String>) -> [String] {
    if names.isEmpty { return ["a network begins with an `Input` layer, or with `input` and `input_shape`"] }
    if let near = Nearest.match(name, among: names.sorted()) { return ["did you mean `\(near)`?"] }
    return ["layers of phase TRAIN alone are left out: is the one that computes it there in phase TEST, too?"]
  }

  private mutating func add(_ value: Value) -> Int {
    values.append(value)
    return values.count - 1
  }

  /// The layers that compute something for some values.
  func needed(for wanted: [Int]) -> Set<Int> {
    var found: Set<Int> = []
    var open = wanted
    while let value = open.popLast() {
      guard let layer = values[value].layer, found.insert(layer).inserted else { continue }
      open += bottoms[layer]
    }
    return found
  }
}
