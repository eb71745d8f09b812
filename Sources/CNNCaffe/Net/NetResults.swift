import CNNSpec

/// What a network returns, and what of it is there for training only.
struct NetResults {
  /// Values that nothing reads.
  private(set) var values: [Int] = []
  /// Losses whose first bottom, or a function of it, is returned.
  private(set) var losses: [Int] = []
  /// The layers that have to be imported for it: not those of an auxiliary loss.
  private(set) var needed: Set<Int> = []
  private(set) var notes: [String] = []

  init(_ net: NetDefinition, _ wiring: Wiring) {
    let kinds = net.layers.map(\.type)
    let all = kinds.indices.filter {
      LayerTypes.losses.keys.contains(kinds[$0]) && !wiring.bottoms[$0].isEmpty
    }
    let weights = all.map { net.layers[$0].lossWeight ?? 1 }
    let largest = weights.max() ?? 0
    let functions = Self.functions(net, wiring)
    var auxiliary: [Int] = []
    for (loss, weight) in zip(all, weights) {
      if weight < largest {
        auxiliary.append(loss)
      } else if case let type?? = LayerTypes.losses[kinds[loss]],
        functions.contains(Function(type: type, value: wiring.bottoms[loss][0]))
      {
        continue
      } else {
        losses.append(loss)
      }
    }
    values = wiring.values.indices.filter { index in
      guard wiring.values[index].readers.isEmpty, let layer = wiring.values[index].layer else { return false }
      let type = kinds[layer]
      return !LayerTypes.losses.keys.contains(type) && !LayerTypes.sinks.contains(type)
        && !LayerTypes.data.contains(type) && type != "Input"
    }
    if values.isEmpty, losses.isEmpty {
      // Of a network that is only measured.
      let measured = kinds.indices.filter { kinds[$0] == "Accuracy" }.compactMap { wiring.bottoms[$0].first }
      var known: Set<Int> = []
      values = measured.filter { known.insert($0).inserted }
    }
    let read = losses.map { wiring.bottoms[$0][0] }
    needed = wiring.needed(for: values + read)
    noteAuxiliary(auxiliary, net, wiring)
  }

  /// The functions that layers of their own compute of values, so that losses of these need not.
  private static func functions(_ net: NetDefinition, _ wiring: Wiring) -> Set<Function> {
    let types = Set(LayerTypes.losses.values.compactMap { $0 })
    var found: Set<Function> = []
    for (index, layer) in net.layers.enumerated() where types.contains(layer.type) {
      for bottom in wiring.bottoms[index] { found.insert(Function(type: layer.type, value: bottom)) }
    }
    return found
  }

  private struct Function: Hashable {
    var type: String
    var value: Int
  }

  private mutating func noteAuxiliary(_ auxiliary: [Int], _ net: NetDefinition, _ wiring: Wiring) {
    guard !auxiliary.isEmpty else { return }
    let own = wiring.needed(for: auxiliary.flatMap { wiring.bottoms[$0] }).subtracting(needed)
      .filter { !LayerTypes.data.contains(net.layers[$0].type) }
    let names = auxiliary.prefix(8).map { "`\(net.layers[$0].name)`" }.joined(separator: ", ")
    notes.append(
      "left out, since they help training only: the auxiliary losses \(names) and the \(own.count) layers that lead to nothing else"
    )
  }
}
