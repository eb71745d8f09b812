import CNNImport
import CNNSpec

/// The nodes that a graph's outputs depend on, in their order, once it is proven that each reads what is there.
struct GraphOrder {
  let nodes: [NodeProto]
  /// How often each value is read, by those nodes and as an output.
  let uses: [String: Int]
  /// The inputs that are read and are no initializers.
  let inputs: [ValueInfoProto]
  let initializers: [String: TensorProto]

  /// - Parameter constants: inputs that are given a value, as if they were initializers.
  /// - Throws: `model-file` that lists values which are computed twice, too late or not at all.
  init(_ file: ModelFile, constants: [String: TensorProto]) throws(Diagnostics) {
    let graph = file.model.graph
    var wrong: [String] = []
    var initializers = constants
    for tensor in graph.initializers where initializers.updateValue(tensor, forKey: tensor.name) != nil {
      wrong.append("there are two initializers `\(tensor.name)`")
    }
    if graph.hasSparseInitializers { wrong.append("it has sparse initializers, which are not supported") }
    let needed = Self.needed(graph)
    var known = Set(initializers.keys).union(graph.inputs.map(\.name))
    let computed = Set(graph.nodes.flatMap(\.outputs))
    for (node, isNeeded) in zip(graph.nodes, needed) {
      var told: Set<String> = []
      for name in node.inputs where isNeeded && !name.isEmpty && !known.contains(name) {
        guard told.insert(name).inserted else { continue }
        wrong.append(
          computed.contains(name)
            ? "\(Self.name(node)) reads `\(name)`, which is computed later: a cycle, or nodes out of order"
            : "\(Self.name(node)) reads `\(name)`, which is neither an input nor an initializer nor computed")
      }
      for name in node.outputs where !name.isEmpty && !known.insert(name).inserted {
        wrong.append("\(Self.name(node)) computes `\(name)`, which is there already")
      }
    }
    for output in graph.outputs where !known.contains(output.name) {
      wrong.append("the output `\(output.name)` is never computed")
    }
    if graph.outputs.isEmpty { wrong.append("it has no outputs") }
    if !wrong.isEmpty {
      throw Diagnostics(
        Diagnostic(.modelFile, "the graph is not whole", at: .file(file.path), help: Findings.listed(wrong)))
    }
    nodes = zip(graph.nodes, needed).filter { $0.1 }.map { $0.0 }
    var uses: [String: Int] = [:]
    for name in nodes.flatMap(\.inputs) + graph.outputs.map(\.name) { uses[name, default: 0] += 1 }
    self.uses = uses
    self.initializers = initializers
    inputs = graph.inputs.filter { initializers[$0.name] == nil && uses[$0.name] != nil }
  }

  /// Whether each node is needed for an output.
  private static func needed(_ graph: GraphProto) -> [Bool] {
    var wanted = Set(graph.outputs.map(\.name))
    var needed = [Bool](repeating: false, count: graph.nodes.count)
    for index in graph.nodes.indices.reversed() {
      let node = graph.nodes[index]
      guard node.outputs.contains(where: { !$0.isEmpty && wanted.contains($0) }) else { continue }
      needed[index] = true
      wanted.formUnion(node.inputs)
    }
    return needed
  }

  /// What a node is called in messages.
  static func name(_ node: NodeProto) -> String {
    "`\(node.name.isEmpty ? node.outputs.first { !$0.isEmpty } ?? "?" : node.name)`"
  }
}
