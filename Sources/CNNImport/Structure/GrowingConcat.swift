/// A concatenation of what an earlier one has joined already and of more becomes one of the earlier one and of what is
/// new: DenseNet's, which PyTorch writes out in full. The values are the same.
enum GrowingConcat {
  private struct Edge: Hashable {
    var node: Int
    var source: ImportedLayer.Source
  }

  static func joined(_ graph: ImportedGraph) -> ImportedGraph {
    var graph = graph
    // A tree of the beginnings of all concatenations, and which of them is one.
    var nodes: [Edge: Int] = [:]
    var owners: [Int: Int] = [:]
    for index in graph.layers.indices where graph.layers[index].kind == "concat" {
      let inputs = graph.layers[index].inputs
      var node = 0
      var longest: (owner: Int, length: Int)?
      for (place, source) in inputs.enumerated() {
        let edge = Edge(node: node, source: source)
        node = nodes[edge] ?? nodes.count + 1
        nodes[edge] = node
        if place > 0, place + 1 < inputs.count, let owner = owners[node] { longest = (owner, place + 1) }
      }
      if owners[node] == nil { owners[node] = index }
      if let (owner, length) = longest {
        graph.setInputs([.layer(owner)] + inputs[length...], of: index)
      }
    }
    return graph
  }
}
