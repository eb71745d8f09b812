/// An operator that can say how a loss changes with its operands.
package protocol Differentiable: Operator {
  /// Adds what computes the gradients of the node's operands from the gradient of its output.
  ///
  /// - Parameters:
  ///   - node: a node of this operator, its operands and output in the builder's graph.
  ///   - gradient: d loss / d output, of the (first) output's type.
  func addGradients(of node: Node, from gradient: ValueID, to builder: inout GradientBuilder)
}

/// Writes the backward half of a graph behind the forward one.
package struct GradientBuilder {
  package private(set) var graph: Graph
  /// What is known so far of each value's gradient; several users of a value add theirs.
  private var gradients: [ValueID: ValueID] = [:]
  /// Which values want one: those that a trained parameter or its layers' inputs reach.
  private let isWanted: (ValueID) -> Bool

  package init(_ graph: Graph, isWanted: @escaping (ValueID) -> Bool) {
    self.graph = graph
    self.isWanted = isWanted
  }

  /// The whole gradient of a value, once all its users have been visited; nil where none reaches the loss.
  package func gradient(of value: ValueID) -> ValueID? { gradients[value] }

  /// Whether anybody needs a value's gradient.
  package func wants(_ value: ValueID) -> Bool { isWanted(value) }

  /// Adds to a value's gradient.
  package mutating func accumulate(_ part: ValueID, for value: ValueID, in node: Node) {
    precondition(graph[part].type == graph[value].type, "the gradient of \(graph[value].name) has its type")
    guard let sum = gradients[value] else {
      gradients[value] = part
      return
    }
    gradients[value] = add(.add(Add()), inputs: [sum, part], named: graph[value].name + ".sum", for: node)
  }

  /// Adds a node of the backward half that returns one value.
  package mutating func add(
    _ op: Op, inputs: [ValueID], parameters: [ValueID] = [], named name: String, for node: Node
  ) -> ValueID {
    graph.addNode(
      op, inputs: inputs, parameters: parameters, outputNames: ["d." + name], layers: node.layers,
      range: node.range)[0]
  }

  /// Adds a node of the backward half that returns several values.
  package mutating func add(
    _ op: Op, inputs: [ValueID], parameters: [ValueID] = [], named names: [String], for node: Node
  ) -> [ValueID] {
    graph.addNode(
      op, inputs: inputs, parameters: parameters, outputNames: names.map { "d." + $0 }, layers: node.layers,
      range: node.range)
  }

  /// Adds an operator that computes an operand's gradient, if anybody needs that.
  package mutating func add(
    _ op: GradientOp, inputs: [ValueID], parameters: [ValueID] = [], gradientOf value: ValueID, in node: Node
  ) {
    add(.gradient(op), inputs: inputs, parameters: parameters, gradientOf: value, in: node)
  }

  /// Adds an operator of the forward half that computes an operand's gradient, if anybody needs that.
  package mutating func add(
    _ op: Op, inputs: [ValueID], parameters: [ValueID] = [], gradientOf value: ValueID, in node: Node
  ) {
    guard wants(value) else { return }
    let part = add(op, inputs: inputs, parameters: parameters, named: graph[value].name, for: node)
    accumulate(part, for: value, in: node)
  }

  /// The shape of an activation.
  package func shape(of value: ValueID) -> Shape { graph[value].type.shape }

  package func name(of value: ValueID) -> String { graph[value].name }
}
