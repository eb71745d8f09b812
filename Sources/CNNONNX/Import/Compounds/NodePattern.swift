import CNNImport
import CNNSpec

/// Some nodes that compute one value, as an expression.
indirect enum NodePattern: Sendable {
  /// What the nodes read; one value, wherever the pattern has it.
  case x
  /// Any constant. It becomes an input of the compound, behind x, in the pattern's order.
  case constant
  /// A constant with one element, which is this number but for rounding.
  case number(Double)
  /// An operator and its inputs; a sum's and a product's may change places. Its attributes are those of the compound
  /// where they are kept, otherwise it has none.
  case node(String, [NodePattern], keepsAttributes: Bool = false)
}

/// A compound that was found.
struct CompoundMatch {
  /// x, then the constants.
  fileprivate(set) var inputs: [String] = [""]
  fileprivate(set) var attributes: [AttributeProto] = []
  fileprivate var absorbed: [Int] = []
  fileprivate let graph: PatternGraph

  /// The only element of a constant among the inputs.
  func number(_ input: Int) -> Float? { graph.number(inputs[input]) }

  func integers(_ attribute: String) -> [Int]? {
    guard case .integers(let values)? = attributes.last(where: { $0.name == attribute })?.value else {
      return nil
    }
    return values
  }

  func integer(_ attribute: String) -> Int? {
    guard case .integer(let value)? = attributes.last(where: { $0.name == attribute })?.value else {
      return nil
    }
    return value
  }

  func float(_ attribute: String) -> Float? {
    guard case .float(let value)? = attributes.last(where: { $0.name == attribute })?.value else {
      return nil
    }
    return value
  }
}

/// The nodes of a model, ready to be searched.
private final class PatternGraph {
  let order: GraphOrder
  /// The node that computes each value.
  let producers: [String: Int]
  private let reading: TensorReading

  init(_ order: GraphOrder, _ reading: TensorReading) {
    self.order = order
    self.reading = reading
    producers = Dictionary(
      order.nodes.enumerated().flatMap { index, node in node.outputs.map { ($0, index) } },
      uniquingKeysWith: { first, _ in first })
  }

  /// A constant's tensor, if it is one by itself, or that of an `Identity`, as exporters write whose weights are shared.
  private func tensor(_ name: String) -> TensorProto? {
    var name = name
    while let producer = producers[name], order.nodes[producer].isOfONNX,
      order.nodes[producer].operatorType == "Identity", let input = order.nodes[producer].inputs.first
    {
      name = input
    }
    if let tensor = order.initializers[name] { return tensor }
    guard let producer = producers[name], order.nodes[producer].isOfONNX,
      order.nodes[producer].operatorType == "Constant", let attribute = order.nodes[producer].attributes.first
    else { return nil }
    switch attribute.value {
    case .tensor(let tensor): return tensor
    case .float(let value): return TensorProto([], floats: [value])
    default: return nil
    }
  }

  func isConstant(_ name: String) -> Bool { tensor(name) != nil }

  func number(_ name: String) -> Float? {
    guard let tensor = tensor(name), tensor.dimensions.allSatisfy({ $0 == 1 }) else { return nil }
    return try? reading.constant(tensor).floats?.values().first
  }

  func match(_ pattern: NodePattern, _ name: String, isRoot: Bool, _ match: inout CompoundMatch) -> Bool {
    // An input that is left out.
    if name.isEmpty { return false }
    switch pattern {
    case .x:
      if match.inputs[0].isEmpty, !isConstant(name) { match.inputs[0] = name }
      return match.inputs[0] == name
    case .constant:
      match.inputs.append(name)
      return isConstant(name)
    case .number(let number):
      guard let found = self.number(name) else { return false }
      return abs(Double(found) - number) <= 1e-6 * abs(number)
    case .node(let operatorType, let parts, let keeps):
      guard let index = producers[name] else { return false }
      let node = order.nodes[index]
      guard node.operatorType == operatorType, node.isOfONNX, node.inputs.count == parts.count,
        node.outputs.count == 1, isRoot || order.uses[name] == 1, keeps || node.attributes.isEmpty
      else { return false }
      match.absorbed.append(index)
      if keeps { match.attributes += node.attributes }
      let isCommutative = operatorType == "Add" || operatorType == "Mul"
      for inputs in isCommutative ? [node.inputs, node.inputs.reversed()] : [node.inputs] {
        var attempt = match
        let fits = zip(parts, inputs).allSatisfy { self.match($0, $1, isRoot: false, &attempt) }
        if fits {
          match = attempt
          return true
        }
      }
      return false
    }
  }
}

/// Nodes as they are imported: one by one, or several as a compound.
struct ImportStep {
  var node: NodeProto
  /// The compound's; nil for an operator by itself.
  var rule: OperatorRule?

  /// The steps of a model, each where the last of its nodes is.
  static func steps(_ order: GraphOrder, reading: TensorReading) -> [ImportStep] {
    let graph = PatternGraph(order, reading)
    var absorbed = Set<Int>()
    var steps: [ImportStep] = []
    // From the end, so that what is part of a larger compound is not taken for one of its own.
    for index in order.nodes.indices.reversed() where !absorbed.contains(index) {
      let node = order.nodes[index]
      guard let (rule, match) = compound(node, graph) else {
        steps.append(ImportStep(node: node))
        continue
      }
      absorbed.formUnion(match.absorbed)
      let whole = NodeProto(
        node.operatorType, name: node.name, domain: node.domain, inputs: match.inputs, outputs: node.outputs,
        attributes: match.attributes)
      steps.append(ImportStep(node: whole, rule: rule.rule))
    }
    return steps.reversed()
  }

  private static func compound(_ node: NodeProto, _ graph: PatternGraph) -> (CompoundRule, CompoundMatch)? {
    guard node.isOfONNX, node.outputs.count == 1 else { return nil }
    for compound in CompoundTable.all {
      guard case .node(node.operatorType, _, _) = compound.pattern else { continue }
      var match = CompoundMatch(graph: graph)
      if graph.match(compound.pattern, node.outputs[0], isRoot: true, &match), compound.condition(match) {
        return (compound, match)
      }
    }
    return nil
  }
}
