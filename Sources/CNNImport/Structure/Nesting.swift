import CNNGraph
import CNNSpec

/// Finds what in a graph is a chain, and what are branches that start from one value and meet again: a reduction of
/// series and parallel parts, a layer at a time. What is neither refers to labelled layers.
struct Nesting {
  /// The steps from one value to another.
  private struct Segment {
    /// The layer that computes the value where it starts; -1 is the network's input.
    var base: Int
    var steps: [Step] = []
    /// Joins inside each other.
    var depth = 0
    var layers = 0
  }

  /// Deeper branches than these no person writes; and recursion over steps is bounded by it.
  private static let mostJoins = 4

  private let graph: ImportedGraph
  /// Joins whose branches are referred to.
  private let apart: Set<Int>
  /// How often each value is read; a chain of steps that starts from it and a reference count as one reader each.
  private var readers: [Int]
  private var segments: [Int: Segment] = [:]
  private var named: Set<Int> = []

  static func structure(of graph: ImportedGraph) -> Structure {
    let nested = Nesting(graph, apart: []).structure()
    let apart = skips(nested.network, graph)
    return apart.isEmpty ? nested : Nesting(graph, apart: apart).structure()
  }

  /// The layers in the model's order, with references wherever a layer reads another than the one before it.
  static func flat(_ graph: ImportedGraph) -> Structure {
    let nesting = Nesting(graph, apart: [])
    var named: Set<Int> = []
    var steps: [Step] = []
    var current = -1
    func branch(_ source: ImportedLayer.Source) -> [Step] {
      let value = nesting.index(source)
      if value == current { return [] }
      named.insert(value)
      return [.reference(value)]
    }
    for (index, layer) in graph.layers.enumerated() {
      if KindTable.joinNames.contains(layer.kind) {
        steps.append(.join(index, layer.inputs.map(branch)))
      } else {
        steps += branch(layer.inputs[0]) + [.layer(index)]
      }
      if case .layer(let reference)? = layer.reference { named.insert(reference) }
      if layer.connections != nil { named.insert(index) }
      current = index
    }
    return nesting.finished(steps, named, last: current)
  }

  private init(_ graph: ImportedGraph, apart: Set<Int>) {
    self.graph = graph
    self.apart = apart
    readers = [Int](repeating: 0, count: graph.layers.count)
    for case .layer(let index) in graph.layers.flatMap(\.inputs) + graph.outputs { readers[index] += 1 }
    // What has a name is read by more than the layer behind it.
    for case .layer(let index)? in graph.layers.map(\.reference) { readers[index] += 1 }
    for index in graph.layers.indices where graph.layers[index].connections != nil { readers[index] += 1 }
  }

  private func index(_ source: ImportedLayer.Source) -> Int {
    if case .layer(let index) = source { index } else { -1 }
  }

  private func structure() -> Structure {
    var nesting = self
    for index in graph.layers.indices { nesting.add(index) }
    return nesting.collected()
  }

  private mutating func add(_ index: Int) {
    let layer = graph.layers[index]
    if KindTable.joinNames.contains(layer.kind) { return join(index, layer.inputs.map(self.index)) }
    if case .layer(let reference)? = layer.reference { named.insert(reference) }
    if layer.connections != nil { named.insert(index) }
    var segment = open(self.index(layer.inputs[0]))
    segment.steps.append(.layer(index))
    segment.layers += 1
    segments[index] = segment
  }

  /// The steps to a value that are its one reader's alone; from the value itself where it has others.
  private mutating func open(_ value: Int) -> Segment {
    if value >= 0, readers[value] == 1, let segment = segments.removeValue(forKey: value) { return segment }
    return Segment(base: value)
  }

  private mutating func join(_ index: Int, _ inputs: [Int]) {
    let branches = inputs.map { open($0) }
    let base = branches[0].base
    let depth = 1 + (branches.map(\.depth).max() ?? 0)
    guard !apart.contains(index), depth <= Self.mostJoins, branches.allSatisfy({ $0.base == base }) else {
      return refer(index, inputs, branches)
    }
    var segment = Segment(base: base)
    if base >= 0 {
      readers[base] -= branches.count - 1
      segment = open(base)
    }
    segment.steps.append(.join(index, branches.map(\.steps)))
    segment.depth = max(segment.depth, depth)
    segment.layers += 1 + branches.reduce(0) { $0 + $1.layers }
    segments[index] = segment
  }

  /// The longest branch goes on to the join, the others start from labels.
  private mutating func refer(_ index: Int, _ inputs: [Int], _ branches: [Segment]) {
    let main =
      branches.indices.max {
        (branches[$0].layers, inputs[$0], -$0) < (branches[$1].layers, inputs[$1], -$1)
      } ?? 0
    var segment = branches[main]
    var written = branches.map(\.steps)
    for (place, branch) in branches.enumerated() {
      if place == main {
        written[place] = []
      } else if branch.depth + 1 > Self.mostJoins {
        segments[inputs[place]] = branch
        named.insert(inputs[place])
        written[place] = [.reference(inputs[place])]
      } else {
        precondition(branch.base >= 0, "the network's input has one reader")
        named.insert(branch.base)
        written[place].insert(.reference(branch.base), at: 0)
        segment.depth = max(segment.depth, branch.depth + 1)
        segment.layers += branch.layers
      }
    }
    segment.layers += 1
    segment.steps.append(.join(index, written))
    segment.depth = max(segment.depth, 1)
    segments[index] = segment
  }

  /// The segments behind each other. One needs only what ends before it: they are in the order of their ends.
  private func collected() -> Structure {
    var named = named
    var steps: [Step] = []
    var current = -1
    for (end, segment) in segments.sorted(by: { $0.key < $1.key }) {
      if segment.base != current {
        named.insert(segment.base)
        steps.append(.reference(segment.base))
      }
      steps += segment.steps
      current = end
    }
    return finished(steps, named, last: current)
  }

  /// The structure with all names that its outputs need.
  private func finished(_ steps: [Step], _ named: Set<Int>, last current: Int) -> Structure {
    var named = named
    if graph.outputs != [.layer(current)] || graph.layers[current].kind == "identity" {
      named.formUnion(graph.outputs.map(index))
    }
    return Structure(graph: graph, network: withoutIdentities(steps, named), named: named)
  }

  /// The steps without names for values that nobody needs: those who read them are branches from one place.
  private func withoutIdentities(_ steps: [Step], _ named: Set<Int>) -> [Step] {
    steps.compactMap { step in
      switch step {
      case .layer(let index):
        graph.layers[index].kind == "identity" && !named.contains(index) ? nil : step
      case .join(let index, let branches): .join(index, branches.map { withoutIdentities($0, named) })
      case .reference, .call: step
      }
    }
  }

  /// Joins of a branch that computes with one that does not, and around others of another size: the levels of a U-Net,
  /// which are written one after the other.
  private static func skips(_ steps: [Step], _ graph: ImportedGraph) -> Set<Int> {
    var found: Set<Int> = []
    func joins(_ steps: [Step]) -> [Int] {
      steps.flatMap { step -> [Int] in
        guard case .join(let index, let branches) = step else { return [] }
        return branches.flatMap(joins) + [index]
      }
    }
    func computes(_ steps: [Step]) -> Bool {
      steps.contains { step in
        switch step {
        case .layer(let index): !graph.layers[index].tensors.isEmpty
        case .join(_, let branches): branches.contains(where: computes)
        case .reference, .call: false
        }
      }
    }
    func visit(_ steps: [Step]) {
      for case .join(let index, let branches) in steps {
        for branch in branches { visit(branch) }
        let computing = branches.filter(computes)
        let outer = graph.layers[index]
        // A factor, as of squeeze and excitation, is no way round.
        guard computing.count == 1, outer.kind != "multiply" else { continue }
        let inner = joins(computing[0]).filter {
          graph.layers[$0].kind == outer.kind && graph.layers[$0].shape.size != outer.shape.size
        }
        if !inner.isEmpty { found.formUnion(inner + [index]) }
      }
    }
    visit(steps)
    return found
  }
}
