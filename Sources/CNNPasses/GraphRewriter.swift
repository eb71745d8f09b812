import CNNGraph
import CNNSpec

/// Builds a graph out of another one: walks its nodes in order and keeps track of what became of each value.
struct GraphRewriter {
  let source: Graph
  private(set) var result: Graph
  private var values: [ValueID?]

  /// - Parameter isNeeded: which parameters the new graph has.
  init(_ source: Graph, keeping isNeeded: (ValueID) -> Bool = { _ in true }) {
    self.source = source
    result = Graph(name: source.name)
    values = Array(repeating: nil, count: source.values.count)
    for id in source.valueIDs {
      let value = source[id]
      switch value.definition {
      case .input: values[id.index] = result.addInput(value.name, value.type)
      case .parameter where !isNeeded(id): break
      case .parameter: values[id.index] = result.addParameter(value.name, value.type)
      case .output: break
      }
    }
  }

  /// The new value of an old one that has been computed.
  subscript(old: ValueID) -> ValueID {
    guard let new = values[old.index] else { preconditionFailure("\(source[old].name) is not there yet") }
    return new
  }

  /// Lets an old value stand for a new one from here on.
  mutating func replace(_ old: ValueID, by new: ValueID) { values[old.index] = new }

  /// Keeps a node, perhaps with another operator.
  mutating func keep(_ node: Node, op: Op? = nil) {
    let outputs = result.addNode(
      op ?? node.op, inputs: node.inputs.map { self[$0] }, parameters: node.parameters.map { self[$0] },
      outputNames: node.outputs.map { source[$0].name }, layers: node.layers, range: node.range)
    for (old, new) in zip(node.outputs, outputs) { replace(old, by: new) }
  }

  /// Adds a node in place of old ones; its value stands for `old`.
  mutating func add(
    _ op: Op, inputs: [ValueID], parameters: [ValueID], replacing old: ValueID, layers: [String],
    of node: Node
  ) {
    let outputs = result.addNode(
      op, inputs: inputs, parameters: parameters, outputNames: [source[old].name], layers: layers,
      range: node.range)
    replace(old, by: outputs[0])
  }

  /// Adds a constant, computed when weights are bound.
  mutating func addConstant(_ op: Op, parameters: [ValueID], name: String, of node: Node) -> ValueID {
    result.addNode(
      op, inputs: [], parameters: parameters, outputNames: [name], layers: node.layers, range: node.range)[0]
  }

  /// Adds a node that may return several values, for the caller to put in the place of old ones.
  mutating func append(
    _ op: Op, inputs: [ValueID], parameters: [ValueID], names: [String], of node: Node
  ) -> [ValueID] {
    append(op, inputs: inputs, parameters: parameters, names: names, layers: node.layers, range: node.range)
  }

  /// Adds a node that stands for no node of the old graph.
  mutating func append(
    _ op: Op, inputs: [ValueID], parameters: [ValueID] = [], names: [String], layers: [String],
    range: SourceRange?
  ) -> [ValueID] {
    result.addNode(
      op, inputs: inputs, parameters: parameters, outputNames: names, layers: layers, range: range)
  }

  /// Adds a parameter that the old graph does not have.
  mutating func appendParameter(_ name: String, _ type: TensorType) -> ValueID {
    result.addParameter(name, type)
  }

  /// The new graph with the old one's outputs and assignments.
  func finished() -> Graph {
    var graph = result
    graph.outputs = source.outputs.map { Graph.Output(name: $0.name, value: self[$0.value]) }
    graph.assignments = source.assignments.map {
      Graph.Assignment(parameter: self[$0.parameter], value: self[$0.value])
    }
    return graph
  }
}

extension Graph {
  /// For each value the one node that reads it, if it is read once and not returned.
  func soleUsers() -> [NodeID?] {
    var sole = users().map { $0.count == 1 ? $0[0] : nil }
    for output in outputs { sole[output.value.index] = nil }
    return sole
  }

  /// The node that computes a value.
  func producer(of value: ValueID) -> NodeID? {
    if case .output(let node, _) = self[value].definition { node } else { nil }
  }
}
