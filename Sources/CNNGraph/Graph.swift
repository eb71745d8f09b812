import CNNSpec

/// The index of a value of a graph.
package struct ValueID: Hashable, Sendable, Comparable {
  package let index: Int
  package static func < (a: Self, b: Self) -> Bool { a.index < b.index }
}

/// The index of a node of a graph.
package struct NodeID: Hashable, Sendable, Comparable {
  package let index: Int
  package static func < (a: Self, b: Self) -> Bool { a.index < b.index }
}

/// Something that nodes read or write.
package struct Value: Hashable, Sendable {
  package enum Definition: Hashable, Sendable {
    /// What the caller gives: the images of the batch.
    case input
    /// A tensor of the weights file, under the value's name.
    case parameter
    case output(of: NodeID, index: Int)
  }

  /// A layer's name for what it computes, a tensor's name for a parameter: `conv1`, `conv1.weight`.
  package var name: String
  package var type: TensorType
  package var definition: Definition
}

/// One operator applied to values.
package struct Node: Hashable, Sendable {
  package var op: Op
  package var inputs: [ValueID]
  package var parameters: [ValueID]
  package var outputs: [ValueID]
  /// The layers of the spec that it computes, first to last; several after fusing.
  package var layers: [String]
  /// Where the first of them stands in the spec.
  package var range: SourceRange?

  package var output: ValueID { outputs[0] }
}

/// A typed program of operators in topological order.
package struct Graph: Sendable {
  /// What the network returns under a name.
  package struct Output: Hashable, Sendable {
    package var name: String
    package var value: ValueID

    package init(name: String, value: ValueID) {
      self.name = name
      self.value = value
    }
  }

  /// A parameter that takes over a value when the graph has run: a weight after its update.
  package struct Assignment: Hashable, Sendable {
    package var parameter: ValueID
    package var value: ValueID

    package init(parameter: ValueID, value: ValueID) {
      self.parameter = parameter
      self.value = value
    }
  }

  package var name: String
  package private(set) var values: [Value] = []
  package private(set) var nodes: [Node] = []
  package var outputs: [Output] = []
  /// The value is computed right into the parameter's memory, so its node comes behind all others that
  /// read the parameter, and works element for element.
  package var assignments: [Assignment] = []

  package init(name: String) { self.name = name }

  package subscript(value: ValueID) -> Value { values[value.index] }
  package subscript(node: NodeID) -> Node { nodes[node.index] }

  package var valueIDs: [ValueID] { values.indices.map(ValueID.init(index:)) }
  package var nodeIDs: [NodeID] { nodes.indices.map(NodeID.init(index:)) }
  package var inputs: [ValueID] { valueIDs.filter { self[$0].definition == .input } }
  package var parameters: [ValueID] { valueIDs.filter { self[$0].definition == .parameter } }

  package mutating func addInput(_ name: String, _ type: TensorType) -> ValueID {
    add(Value(name: name, type: type, definition: .input))
  }

  package mutating func addParameter(_ name: String, _ type: TensorType) -> ValueID {
    add(Value(name: name, type: type, definition: .parameter))
  }

  /// Appends a node behind those that compute its operands.
  /// - Parameter outputNames: one a value that the operator returns.
  @discardableResult
  package mutating func addNode(
    _ op: Op, inputs: [ValueID], parameters: [ValueID] = [], outputNames: [String], layers: [String],
    range: SourceRange? = nil
  ) -> [ValueID] {
    let types = op.implementation.outputTypes(
      inputs: inputs.map { self[$0].type }, parameters: parameters.map { self[$0].type })
    guard let types else { preconditionFailure("\(op.name) \(layers) does not take its operands") }
    precondition(types.count == outputNames.count, "\(op.name) returns \(types.count) values")
    let node = NodeID(index: nodes.count)
    let outputs = zip(outputNames, types).enumerated().map { index, output in
      add(Value(name: output.0, type: output.1, definition: .output(of: node, index: index)))
    }
    nodes.append(
      Node(op: op, inputs: inputs, parameters: parameters, outputs: outputs, layers: layers, range: range))
    return outputs
  }

  private mutating func add(_ value: Value) -> ValueID {
    values.append(value)
    return ValueID(index: values.count - 1)
  }

  /// Whether a value is known as soon as weights are bound: a parameter, or computed from nothing else.
  package func isConstant(_ value: ValueID) -> Bool {
    switch self[value].definition {
    case .input: false
    case .parameter: true
    case .output(let node, _):
      self[node].inputs.isEmpty && self[node].parameters.allSatisfy(isConstant)
    }
  }

  /// The nodes that read each value, in order, with repetitions; indexed by the value.
  package func users() -> [[NodeID]] {
    var users = [[NodeID]](repeating: [], count: values.count)
    for id in nodeIDs {
      for operand in self[id].inputs + self[id].parameters { users[operand.index].append(id) }
    }
    return users
  }

  /// Multiplications of a node for one image, as ``Operator/multiplications(inputs:outputs:)`` counts them.
  package func multiplications(of node: Node) -> CheckedInteger {
    node.op.implementation.multiplications(
      inputs: node.inputs.map { self[$0].type }, outputs: node.outputs.map { self[$0].type })
  }

  /// Stops the program where the graph is not what every pass and the planner rely on: operands defined
  /// before they are used, types as the operators state them, outputs that exist.
  package func verify(after step: String) {
    for id in nodeIDs {
      let node = self[id]
      for operand in node.inputs + node.parameters {
        precondition(values.indices.contains(operand.index), "\(step): \(node.layers) reads no value")
        if case .output(let producer, _) = self[operand].definition {
          precondition(producer < id, "\(step): \(node.layers) reads \(self[operand].name) too early")
        }
      }
      let types = node.op.implementation.outputTypes(
        inputs: node.inputs.map { self[$0].type }, parameters: node.parameters.map { self[$0].type })
      precondition(
        types == node.outputs.map { self[$0].type }, "\(step): \(node.layers) has wrong types")
    }
    verifyAssignments(after: step)
    for output in outputs {
      precondition(values.indices.contains(output.value.index), "\(step): output \(output.name) is lost")
    }
  }
}

extension Graph {
  /// Stops the program where an assignment would destroy what a later node reads.
  private func verifyAssignments(after step: String) {
    guard !assignments.isEmpty else { return }
    let users = users()
    var isAssigned: Set<ValueID> = []
    for assignment in assignments {
      let name = self[assignment.parameter].name
      precondition(self[assignment.parameter].definition == .parameter, "\(step): \(name) is no parameter")
      precondition(isAssigned.insert(assignment.parameter).inserted, "\(step): \(name) is assigned twice")
      precondition(
        self[assignment.parameter].type == self[assignment.value].type, "\(step): \(name) changes its type")
      guard case .output(let producer, _) = self[assignment.value].definition else {
        preconditionFailure("\(step): \(name) takes over what no node computes")
      }
      precondition(
        users[assignment.parameter.index].allSatisfy { $0 <= producer }, "\(step): \(name) is read too late")
    }
  }
}

extension Graph: CustomStringConvertible {
  /// One line a node: `conv1 = conv2d(input; conv1.weight, conv1.bias) 6x28x28`.
  package var description: String {
    var lines = ["graph \(name)"]
    for node in nodes {
      let outputs = node.outputs.map { self[$0].name }.joined(separator: ", ")
      var operands = node.inputs.map { self[$0].name }.joined(separator: ", ")
      if !node.parameters.isEmpty {
        operands += "; " + node.parameters.map { self[$0].name }.joined(separator: ", ")
      }
      let sizes = node.outputs.map { self[$0].type.dimensions.map(String.init).joined(separator: "x") }
      lines.append("  \(outputs) = \(node.op.name)(\(operands)) \(sizes.joined(separator: ", "))")
    }
    lines.append("  return " + outputs.map { "\($0.name): \(self[$0.value].name)" }.joined(separator: ", "))
    return lines.joined(separator: "\n")
  }
}
