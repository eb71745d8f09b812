import CNNGraph

/// Decides which values share memory, before anybody knows an address.
///
/// 1. An alias (a reshape, an identity, dropout) is its input's piece of memory.
/// 2. A concatenation's operands are produced right into their slices of its piece, those of nested
///    concatenations (DenseNet) too; what cannot be is copied by the concatenation.
/// 3. An output takes over the memory of an input that is not needed any more (`Operator.inPlaceInputs`).
///
/// Values outside the arena (parameters, what is assigned to them, constants) have no piece.
struct MemoryPlacement {
  let graph: Graph
  private(set) var forest = MemoryForest()
  /// The piece of each value that lies in the arena.
  private(set) var piece: [Int?]
  /// Whether each value is known when weights are bound.
  let isConstant: [Bool]
  /// The parameter in whose memory a value is computed.
  let target: [ValueID?]
  /// The pieces that a concatenation's piece consists of, with their first elements.
  private var parts: [Int: [(piece: Int, offset: Int)]] = [:]

  init(_ graph: Graph) {
    self.graph = graph
    var target = [ValueID?](repeating: nil, count: graph.values.count)
    for assignment in graph.assignments { target[assignment.value.index] = assignment.parameter }
    self.target = target
    isConstant = Self.constants(of: graph)
    piece = Array(repeating: nil, count: graph.values.count)
    definePieces()
    for id in graph.nodeIDs where graph.memoryRole(of: graph[id]) == .joined { placeOperands(of: graph[id]) }
    takeOverInputs()
  }

  /// The piece in which a value lies, and its first element there; nil outside the arena.
  mutating func place(of value: ValueID) -> (root: Int, offset: Int)? {
    piece[value.index].map { forest.place(of: $0) }
  }

  /// The piece that another one lies in, with all others that share its memory.
  mutating func root(ofPiece index: Int) -> Int { forest.place(of: index).root }

  /// Whether nothing is left to do for a node.
  mutating func isFree(_ node: Node) -> Bool {
    switch graph.memoryRole(of: node) {
    case .computed: return false
    case .alias: return piece[node.output.index] == piece[node.inputs[0].index]
    case .joined:
      guard let whole = piece[node.output.index] else { return false }
      let target = forest.place(of: whole)
      var offset = target.offset
      for input in node.inputs {
        guard let place = place(of: input), place == (target.root, offset) else { return false }
        offset += graph[input].type.storedCount
      }
      return true
    }
  }

  /// A graph that assigns to parameters runs again and again on tensors that change between its runs, not
  /// by it alone: nothing in it is constant.
  private static func constants(of graph: Graph) -> [Bool] {
    var known = graph.valueIDs.map { graph[$0].definition == .parameter && graph.assignments.isEmpty }
    for node in graph.nodes where node.inputs.isEmpty && node.parameters.allSatisfy({ known[$0.index] }) {
      for output in node.outputs where graph.assignments.isEmpty { known[output.index] = true }
    }
    return known
  }

  private mutating func definePieces() {
    for (index, value) in graph.values.enumerated() where value.definition == .input {
      piece[index] = forest.add(
        count: value.type.storedCount, isBatched: value.type.isBatched, isInput: true, firstUse: -1,
        lastUse: -1)
    }
    for (step, node) in graph.nodes.enumerated() {
      for operand in node.inputs + node.parameters {
        if let piece = piece[operand.index] { forest.extend(piece, to: step) }
      }
      for output in node.outputs where !isConstant[output.index] && target[output.index] == nil {
        if graph.memoryRole(of: node) == .alias, let source = piece[node.inputs[0].index] {
          piece[output.index] = source
          continue
        }
        let type = graph[output].type
        piece[output.index] = forest.add(
          count: type.storedCount, isBatched: type.isBatched, isInput: false, firstUse: step, lastUse: step)
      }
    }
    for output in graph.outputs {
      if let piece = piece[output.value.index] { forest.extend(piece, to: .max) }
    }
  }

  private mutating func placeOperands(of node: Node) {
    guard let whole = piece[node.output.index] else { return }
    var operands: [(piece: Int, offset: Int)] = []
    var offset = 0
    for input in node.inputs {
      // A value outside the arena is a part that is equal to no other.
      operands.append((piece[input.index] ?? -1, offset))
      offset += graph[input].type.storedCount
    }
    parts[whole] = operands
    for operand in operands where operand.piece >= 0 {
      let (root, offset) = forest.place(of: operand.piece)
      let start = operand.offset - offset
      guard root != whole, !forest[root].isInput, start >= 0,
        forest[root].isBatched == forest[whole].isBatched
      else { continue }
      // Where the operand lies in another concatenation already, that one as a whole may be a part of this
      // one, as when a list of values is concatenated again with one more.
      if root == operand.piece || isPart(root, of: whole, at: start) {
        forest.join(root, into: whole, at: start)
      }
    }
  }

  /// Whether a concatenation's content is that of another one from an element on.
  private func isPart(_ part: Int, of whole: Int, at start: Int) -> Bool {
    let end = start + forest[part].count
    guard end <= forest[whole].count, let own = leaves(of: part), let all = leaves(of: whole) else {
      return false
    }
    let inside = all.filter { $0.offset >= start && $0.offset < end }
    return inside.count == own.count
      && zip(inside, own).allSatisfy {
        $0.piece == $1.piece && $0.piece >= 0 && $0.offset == $1.offset + start
      }
  }

  /// What a piece's content consists of, concatenations of concatenations taken apart; nil if it is long.
  private func leaves(of piece: Int, limit: Int = 2000) -> [(piece: Int, offset: Int)]? {
    var leaves: [(piece: Int, offset: Int)] = []
    var pending = [(piece: piece, offset: 0)]
    var visits = 0
    while let next = pending.popLast() {
      visits += 1
      if visits > limit { return nil }
      if let parts = parts[next.piece] {
        pending += parts.reversed().map { ($0.piece, next.offset + $0.offset) }
      } else {
        leaves.append(next)
      }
    }
    return leaves
  }
}

extension MemoryPlacement {
  private mutating func takeOverInputs() {
    let lastUses = forest.lastUsesOfBytes()
    // The first node that writes into each root, kept up to date as roots move.
    var firstUses = forest.pieces.map(\.firstUse)
    for index in forest.pieces.indices {
      let root = forest.place(of: index).root
      firstUses[root] = min(firstUses[root], firstUses[index])
    }
    for (step, node) in graph.nodes.enumerated() {
      guard let output = node.outputs.first, let target = piece[output.index] else { continue }
      if graph.memoryRole(of: node) == .alias && isFree(node) { continue }
      for position in node.op.implementation.inPlaceInputs where node.inputs.indices.contains(position) {
        guard let source = piece[node.inputs[position].index], lastUses[source] <= step,
          !isReadTwice(position, of: node), takeOver(source, by: target, &firstUses)
        else { continue }
        break
      }
    }
  }

  /// Whether another operand of a node has bytes of an input too.
  private mutating func isReadTwice(_ position: Int, of node: Node) -> Bool {
    guard let place = place(of: node.inputs[position]) else { return false }
    let end = place.offset + graph[node.inputs[position]].type.storedCount
    var others = node.inputs
    others.remove(at: position)
    for other in others + node.parameters {
      guard let otherPlace = self.place(of: other), otherPlace.root == place.root else { continue }
      let otherEnd = otherPlace.offset + graph[other].type.storedCount
      if otherPlace.offset < end && place.offset < otherEnd { return true }
    }
    return false
  }

  /// Gives two pieces the same memory if one of them can be moved; whether it was done.
  ///
  /// The input's memory must have its size, not be a slice of something larger: that would have to
  /// live on for the sake of a slice.
  private mutating func takeOver(_ source: Int, by target: Int, _ firstUses: inout [Int]) -> Bool {
    let (from, to) = (forest.place(of: source), forest.place(of: target))
    guard forest[source].count == forest[target].count, forest[source].isBatched == forest[target].isBatched,
      from.root != to.root, from.offset == 0, forest[from.root].count == forest[source].count
    else { return false }
    let (moved, stays) = to.root == target ? (target, source) : (from.root, target)
    if moved == from.root {
      // The output lies in a concatenation's piece, which would be needed from the input's beginning on.
      // Not much earlier, or it costs more than it saves.
      guard !forest[moved].isInput, firstUses[moved] >= firstUses[to.root] - 2 else { return false }
    }
    forest.put(moved, in: stays, at: 0)
    let root = forest.place(of: moved).root
    firstUses[root] = min(firstUses[root], firstUses[moved])
    return true
  }
}
