import CNNGraph

/// A graph whose steps make rows: which they read and write, and which values share memory, before anybody knows an
/// address or an order.
struct RowGraph {
  /// Whose memory a value lies in.
  enum Memory: Hashable {
    case arena
    /// The caller's, as channels of whole planes.
    case input
    case output(index: Int)
  }

  struct Value {
    var shape: Shape
    var memory = Memory.arena
    /// The steps that write it: several where it is a concatenation.
    var producers: [Int]
    /// How often it is read: by steps, by concatenations, by the caller.
    var readers = 0
    /// Whether something reads a part of it by itself, perhaps later than its own readers.
    var hasSharedParts = false
    /// The value that it is a part of, or that lies over it, from a channel on.
    var whole: (value: Int, channel: Int)?
  }

  struct Step {
    var name: String
    var call: RowCall
    var reads: [(value: Int, rows: RowReading)]
    var output: Int
    var writes: RowWriting
    /// Of `reads`, those that the output may lie over.
    var inPlaceReads: [Int]
  }

  private let graph: Graph
  private let locations: [Int: Location]
  private(set) var values: [Value] = []
  private(set) var steps: [Step] = []
  /// What is returned, in the graph's order.
  private(set) var outputs: [Int] = []
  /// Of the graph's values.
  private var rowValue: [ValueID: Int] = [:]
  private let users: [[NodeID]]

  /// - Parameters:
  ///   - graph: of row-major activations, with one input.
  ///   - locations: of the parameters and constants, by the index of their value.
  init(_ graph: Graph, locations: [Int: Location]) {
    self.graph = graph
    self.locations = locations
    users = graph.users()
    for id in graph.inputs {
      rowValue[id] = add(Value(shape: graph[id].type.shape, memory: .input, producers: []))
    }
    var concatenations: [(whole: Int, parts: [Int])] = []
    for node in graph.nodes where !graph.isConstant(node.output) {
      if case .concat = node.op {
        concatenations.append(addConcatenation(node))
      } else if let same = alias(of: node) {
        rowValue[node.output] = same
      } else {
        add(node)
      }
    }
    placeOutputs()
    for (whole, parts) in concatenations { join(parts, to: whole) }
    for step in steps.indices { takeOver(by: step) }
  }

  /// The value in whose memory one lies, and its first channel there.
  func root(of value: Int) -> (value: Int, channel: Int) {
    var place = (value: value, channel: 0)
    while let whole = values[place.value].whole {
      place = (whole.value, place.channel + whole.channel)
    }
    return place
  }

  private mutating func add(_ value: Value) -> Int {
    values.append(value)
    return values.count - 1
  }

  private subscript(id: ValueID) -> Int {
    guard let value = rowValue[id] else { preconditionFailure("\(graph[id].name) is made of no rows") }
    return value
  }

  // MARK: - Nodes

  /// The value that a node's output is another name for.
  private func alias(of node: Node) -> Int? {
    switch node.op {
    case .identity, .dropout: return self[node.inputs[0]]
    case .reshape(let op):
      let input = values[self[node.inputs[0]]].shape
      let isSame = input == op.shape || (input.area == 1 && op.shape.area == 1)
      return isSame || isOnlyFlattened(node.output) ? self[node.inputs[0]] : nil
    default: return nil
    }
  }

  /// Whether nothing but the order of a value's elements matters, row by row of each channel, whatever its shape.
  private func isOnlyFlattened(_ id: ValueID) -> Bool {
    var pending = [id]
    while let next = pending.popLast() {
      if graph.outputs.contains(where: { $0.value == next }) { return false }
      for user in users[next.index].map({ graph[$0] }) {
        switch user.op {
        case .dense, .radialBasis:
          if user.inputs.dropFirst().contains(next) { return false }
        case .reshape: pending.append(user.output)
        default: return false
        }
      }
    }
    return true
  }

  private mutating func add(_ node: Node) {
    let inputs = node.inputs.map { self[$0] }
    let parameters = node.parameters.map { id in
      guard let location = locations[id.index] else { preconditionFailure("\(graph[id].name) has no place") }
      return location
    }
    // A fully connected layer may read what is flattened behind it.
    let lowering = RowLowering(
      node, inputs: inputs.map { values[$0].shape }, output: graph[node.output].type.shape,
      parameters: parameters)
    rowValue[node.output] = add(
      lowering, named: graph[node.output].name, reading: inputs, to: graph[node.output].type.shape)
  }

  /// Adds a step.
  /// - Returns: its output.
  private mutating func add(
    _ lowering: RowLowering, named name: String, reading inputs: [Int], to shape: Shape
  )
    -> Int
  {
    let output = add(Value(shape: shape, producers: [steps.count]))
    let inPlace = lowering.reads.indices.filter { lowering.inPlaceInputs.contains(lowering.reads[$0].input) }
    steps.append(
      Step(
        name: name, call: lowering.call, reads: lowering.reads.map { (inputs[$0.input], $0.rows) },
        output: output, writes: lowering.writes, inPlaceReads: inPlace))
    for read in lowering.reads { values[inputs[read.input]].readers += 1 }
    return output
  }

  /// Adds a step that copies a value.
  private mutating func addCopy(of value: Int, named name: String) -> Int {
    add(.copying(values[value].shape), named: name, reading: [value], to: values[value].shape)
  }

  /// A concatenation is no step, but a value of several parts. Those that cannot lie in it, as they lie in another one,
  /// are the caller's or come twice, are copied.
  private mutating func addConcatenation(_ node: Node) -> (whole: Int, parts: [Int]) {
    var parts: [Int] = []
    for (index, id) in node.inputs.enumerated() {
      let value = self[id]
      values[value].readers += 1
      let isTaken = isPart.contains(value) || parts.contains(value) || values[value].memory == .input
      let isReturned = graph.outputs.contains { rowValue[$0.value] == value }
      guard isTaken || isReturned else {
        parts.append(value)
        continue
      }
      parts.append(addCopy(of: value, named: "\(graph[node.output].name).\(index + 1)"))
    }
    isPart.formUnion(parts)
    let whole = add(
      Value(shape: graph[node.output].type.shape, producers: parts.flatMap { values[$0].producers }))
    rowValue[node.output] = whole
    return (whole, parts)
  }

  private var isPart: Set<Int> = []

  private mutating func join(_ parts: [Int], to whole: Int) {
    var channel = 0
    for part in parts {
      values[part].whole = (whole, channel)
      if values[part].readers > 1 || values[part].hasSharedParts { values[whole].hasSharedParts = true }
      channel += values[part].shape.channels
    }
  }

  // MARK: - Memory

  private mutating func placeOutputs() {
    for (index, output) in graph.outputs.enumerated() {
      var value = self[output.value]
      values[value].readers += 1
      // What lies in a concatenation, perhaps under another name, cannot lie with the caller, too.
      if values[value].memory != .arena || isPart.contains(value) {
        value = addCopy(of: value, named: output.name)
      }
      values[value].memory = .output(index: index)
      outputs.append(value)
    }
  }

  /// Puts an input of a step where its output lies, if nothing else reads it or a part of it and it lies nowhere else.
  private mutating func takeOver(by step: Int) {
    let output = steps[step].output
    for index in steps[step].inPlaceReads {
      let value = steps[step].reads[index].value
      guard values[value].readers == 1, !values[value].hasSharedParts, values[value].whole == nil,
        values[value].memory == .arena,
        values[value].shape == values[output].shape, root(of: output).value != value
      else { continue }
      values[value].whole = (output, 0)
      return
    }
  }
}
