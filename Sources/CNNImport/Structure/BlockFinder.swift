import CNNSpec

/// Finds structures with a join that occur more than once and makes blocks of them: first of branches that stand outside
/// of a join, too, as MobileNet's do; then of the joins, with what always stands before and behind them.
struct BlockFinder {
  private var structure: Structure
  private var skeletons = Skeletons()

  static func find(in structure: Structure) -> Structure {
    var finder = BlockFinder(structure: structure)
    finder.findBodies()
    finder.findJoins()
    return finder.structure
  }

  private init(structure: Structure) { self.structure = structure }

  private mutating func numbers(_ steps: [Step]) -> [Int] { skeletons.numbers(of: steps, in: structure) }

  private func isNamed(_ step: Step) -> Bool { structure.named.contains(structure.result(of: step)) }

  // MARK: Branches that stand alone, too

  /// More of them no person would name.
  private static let mostBodies = 16

  private mutating func findBodies() {
    var seen: Set<[Int]> = []
    // The longest first: what is left of them may be like others.
    let candidates = bodies().map(\.key).filter { seen.insert($0).inserted }.sorted { $0.count > $1.count }
    for key in candidates.prefix(Self.mostBodies) {
      let alone = places(of: key)
      if alone.isEmpty { continue }
      // Blocks that were made before have moved what stands behind them.
      let branches = bodies().filter { $0.key == key }.map { (step: $0.step, branch: $0.branch) }
      makeBody(of: key.count, alone: alone, branches: branches)
    }
  }

  /// The long branches that might be blocks of their own.
  private mutating func bodies() -> [(key: [Int], step: Int, branch: Int)] {
    var found: [(key: [Int], step: Int, branch: Int)] = []
    for (place, step) in structure.network.enumerated() {
      guard case .join(_, let branches) = step, let main = Self.longest(branches), isBody(branches[main])
      else { continue }
      found.append((numbers(branches[main]), place, main))
    }
    return found
  }

  private func isBody(_ steps: [Step]) -> Bool {
    guard steps.count > 2 else { return false }
    var computing = 0
    for step in steps {
      switch step {
      case .layer(let index): computing += structure.graph.layers[index].tensors.isEmpty ? 0 : 1
      case .join: break
      case .reference, .call: return false
      }
    }
    return computing > 1
  }

  /// Where steps of such skeletons stand in the network, no two over each other.
  private mutating func places(of key: [Int]) -> [Int] {
    let found = numbers(structure.network)
    var places: [Int] = []
    var place = 0
    while place + key.count <= found.count {
      let range = place..<place + key.count
      if found[range].elementsEqual(key), !structure.network[range.dropLast()].contains(where: isNamed) {
        places.append(place)
        place += key.count
      } else {
        place += 1
      }
    }
    return places
  }

  private mutating func makeBody(of length: Int, alone: [Int], branches: [(step: Int, branch: Int)]) {
    let inner = branches.compactMap { place -> [Step]? in
      guard case .join(_, let branches) = structure.network[place.step] else { return nil }
      return branches[place.branch]
    }
    // In the order of the network, so that the first one gives the block its look.
    var instances = zip(branches.map(\.step), inner).map { (at: $0, steps: $1) }
    instances += alone.map { (at: $0, steps: Array(structure.network[$0..<$0 + length])) }
    instances.sort { $0.at < $1.at }
    guard let calls = BlockMaker.make(instances.map { BlockInstance(steps: $0.steps) }, in: &structure)
    else { return }
    let call = Dictionary(uniqueKeysWithValues: zip(instances.map(\.at), calls))
    let branch = Dictionary(uniqueKeysWithValues: branches.map { ($0.step, $0.branch) })
    var network: [Step] = []
    var place = 0
    while place < structure.network.count {
      let step = structure.network[place]
      if let call = call[place], case .join(let index, var all) = step, let branch = branch[place] {
        all[branch] = [.call(call)]
        network.append(.join(index, all))
        place += 1
      } else if let call = call[place] {
        network.append(.call(call))
        place += length
      } else {
        network.append(step)
        place += 1
      }
    }
    structure.network = network
  }

  // MARK: Joins

  private struct Group {
    var places: [Int] = []
    /// The branch that some of the joins do not have.
    var optional: Int?
    var prefix = 0
    var suffix = 0
  }

  private static func longest(_ branches: [[Step]]) -> Int? {
    let longest = branches.indices.max { (branches[$0].count, -$0) < (branches[$1].count, -$1) }
    guard let longest, branches.count(where: { $0.count == branches[longest].count }) == 1 else { return nil }
    return longest
  }

  private mutating func findJoins() {
    var groups = self.groups()
    let found = numbers(structure.network)
    var isTaken = structure.network.map { step in if case .layer = step { false } else { true } }
    for index in groups.indices { extendBehind(&groups[index], found, &isTaken) }
    for index in groups.indices { extendBefore(&groups[index], found, &isTaken) }
    groups.removeAll { group in !group.places.allSatisfy { isWhole(group, at: $0) } }
    var calls: [Int: (call: Int, length: Int)] = [:]
    for group in groups {
      let instances = group.places.map { place -> BlockInstance in
        var lacks: Int?
        if let optional = group.optional, case .join(_, let branches) = structure.network[place],
          branches[optional].isEmpty
        {
          lacks = optional
        }
        return BlockInstance(
          steps: Array(structure.network[place - group.prefix...place + group.suffix]), lacks: lacks)
      }
      for (place, call) in zip(group.places, BlockMaker.make(instances, in: &structure) ?? []) {
        calls[place - group.prefix] = (call, group.prefix + 1 + group.suffix)
      }
    }
    var network: [Step] = []
    var place = 0
    while place < structure.network.count {
      if let (call, length) = calls[place] {
        network.append(.call(call))
        place += length
      } else {
        network.append(structure.network[place])
        place += 1
      }
    }
    structure.network = network
  }

  /// Only the last value of a block has a name outside.
  private func isWhole(_ group: Group, at place: Int) -> Bool {
    !structure.network[(place - group.prefix)..<(place + group.suffix)].contains(where: isNamed)
  }

  /// Joins of the same skeleton; the shorter branch of a sum, too, may be there or not.
  private mutating func groups() -> [Group] {
    var places: [String: [Int]] = [:]
    var keys: [String] = []
    for (place, step) in structure.network.enumerated() {
      guard case .join(let index, let branches) = step else { continue }
      var key = "\(numbers([step]))"
      if structure.graph.layers[index].kind == "add", branches.count == 2,
        let main = Self.longest(branches)
      {
        key = "add \(main) \(numbers(branches[main]))"
      }
      if places[key] == nil { keys.append(key) }
      places[key, default: []].append(place)
    }
    return keys.flatMap { groups(places[$0, default: []]) }.filter { $0.places.count > 1 }
      .sorted { $0.places[0] < $1.places[0] }
  }

  /// Splits joins of one longer branch by their shorter ones.
  private mutating func groups(_ places: [Int]) -> [Group] {
    guard case .join(_, let first) = structure.network[places[0]], first.count == 2,
      let main = Self.longest(first)
    else { return [Group(places: places)] }
    var empty: [Int] = []
    var others: [[Int]: [Int]] = [:]
    var keys: [[Int]] = []
    for place in places {
      guard case .join(_, let branches) = structure.network[place] else { continue }
      let key = numbers(branches[1 - main])
      if key.isEmpty {
        empty.append(place)
      } else {
        if others[key] == nil { keys.append(key) }
        others[key, default: []].append(place)
      }
    }
    var groups = keys.map { Group(places: others[$0, default: []]) }
    if !empty.isEmpty, let index = keys.indices.first, isPattern(groups[index].places[0], 1 - main) {
      groups[index].places = (groups[index].places + empty).sorted()
      groups[index].optional = 1 - main
    } else if !empty.isEmpty {
      groups.append(Group(places: empty))
    }
    return groups
  }

  /// Whether a branch can stand in parentheses.
  private func isPattern(_ place: Int, _ branch: Int) -> Bool {
    guard case .join(_, let branches) = structure.network[place] else { return false }
    return branches[branch].allSatisfy { if case .layer = $0 { true } else { false } }
  }

  private func extendBehind(_ group: inout Group, _ found: [Int], _ isTaken: inout [Bool]) {
    while true {
      let next = group.places.map { $0 + group.suffix + 1 }
      guard next.allSatisfy({ $0 < found.count && !isTaken[$0] && found[$0] == found[next[0]] }),
        case .layer(let index) = structure.network[next[0]],
        KindWords.followers.contains(structure.graph.layers[index].kind),
        !next.contains(where: { isNamed(structure.network[$0 - 1]) })
      else { return }
      for place in next { isTaken[place] = true }
      group.suffix += 1
    }
  }

  /// Back to one convolution, where all instances have the same before them.
  private func extendBefore(_ group: inout Group, _ found: [Int], _ isTaken: inout [Bool]) {
    for length in 1...4 {
      let next = group.places.map { $0 - length }
      guard next.allSatisfy({ $0 >= 0 && !isTaken[$0] && found[$0] == found[next[0]] }),
        !next.contains(where: { isNamed(structure.network[$0]) }),
        case .layer(let index) = structure.network[next[0]]
      else { return }
      if KindWords.windows.contains(structure.graph.layers[index].kind) {
        group.prefix = length
        for place in group.places { for back in 1...length { isTaken[place - back] = true } }
        return
      }
    }
  }
}
