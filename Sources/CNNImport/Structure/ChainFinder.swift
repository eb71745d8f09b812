/// Finds chains without a join that occur again and again, and makes blocks of them where that makes the text shorter:
/// MobileNet's depthwise and pointwise convolutions, what lies between DenseNet's blocks, and convolutions with a norm
/// and a function behind them.
struct ChainFinder {
  private var structure: Structure
  private var skeletons = Skeletons()
  /// Steps that no block may take.
  private var isTaken: [Bool]
  /// The calls that stand for steps, by the first of them.
  private var calls: [Int: (call: Int, length: Int)] = [:]

  /// - Returns: nil where nothing is found.
  static func find(in structure: Structure) -> Structure? {
    var finder = ChainFinder(structure)
    let cells = finder.cells()
    finder.makeBlocks(of: finder.separable(cells), fewest: 2)
    finder.makeBlocks(of: finder.transitions(), fewest: 2)
    finder.makeBlocks(of: finder.nameless(cells.filter { $0.count > 2 }), fewest: 3)
    return finder.calls.isEmpty ? nil : finder.finished()
  }

  private init(_ structure: Structure) {
    self.structure = structure
    isTaken = structure.network.map { step in if case .layer = step { false } else { true } }
  }

  private func kind(_ place: Int) -> String { structure.kind(of: structure.network[place]) }

  private func isNamed(_ place: Int) -> Bool {
    structure.named.contains(structure.result(of: structure.network[place]))
  }

  // MARK: Places

  /// Convolutions, each with what follows it.
  private func cells() -> [Range<Int>] {
    var cells: [Range<Int>] = []
    var place = 0
    while place < isTaken.count {
      guard !isTaken[place], KindWords.windows.contains(kind(place)) else {
        place += 1
        continue
      }
      var end = place + 1
      while end < isTaken.count, !isTaken[end], KindWords.functions.contains(kind(end)), !isNamed(end - 1) {
        end += 1
      }
      cells.append(place..<end)
      place = end
    }
    return cells
  }

  /// A depthwise convolution and the one of 1x1 behind it.
  private func separable(_ cells: [Range<Int>]) -> [Range<Int>] {
    zip(cells, cells.dropFirst()).compactMap { first, second in
      guard first.upperBound == second.lowerBound, kind(first.lowerBound) == "depthwise",
        kind(second.lowerBound) == "conv", structure.isPointwise(structure.network[second.lowerBound]),
        !isNamed(first.upperBound - 1)
      else { return nil }
      return first.lowerBound..<second.upperBound
    }
  }

  /// All that lies between one block and the next.
  private func transitions() -> [Range<Int>] {
    let blocks = structure.network.indices.filter {
      if case .call = structure.network[$0] { true } else { false }
    }
    return zip(blocks, blocks.dropFirst()).compactMap { before, after in
      let range = before + 1..<after
      guard range.count > 2, !range.contains(where: { isTaken[$0] }),
        !range.dropLast().contains(where: isNamed),
        range.contains(where: { KindWords.windows.contains(kind($0)) }),
        range.contains(where: { kind($0).hasSuffix("pool") })
      else { return nil }
      return range
    }
  }

  /// The cells where most of them have no names in the model, which would be lost.
  private func nameless(_ cells: [Range<Int>]) -> [Range<Int>] {
    let hints = HintParts(structure.graph)
    let named = cells.count { hints.parts[structure.result(of: structure.network[$0.lowerBound])] != nil }
    return 2 * named < cells.count ? cells : []
  }

  // MARK: Blocks

  /// Makes a block of each shape of the places where all the blocks together are shorter than the steps: a unit here and
  /// its steps elsewhere would be harder to read.
  private mutating func makeBlocks(of places: [Range<Int>], fewest: Int) {
    var groups: [[Int]: [Range<Int>]] = [:]
    var keys: [[Int]] = []
    for place in places where !place.contains(where: { isTaken[$0] }) {
      let key = skeletons.numbers(of: Array(structure.network[place]), in: structure)
      if groups[key] == nil { keys.append(key) }
      groups[key, default: []].append(place)
    }
    var trial = structure
    var (before, after) = (0, 0)
    var made: [(place: Range<Int>, call: Int)] = []
    for key in keys {
      let places = groups[key, default: []]
      let instances = places.map { BlockInstance(steps: Array(structure.network[$0])) }
      let texts = instances.map { $0.steps.map(structure.text).joined(separator: " - ") }
      // Equal neighbours would be a repeat anyhow.
      let written = places.indices.filter { place in
        place == 0 || places[place - 1].upperBound != places[place].lowerBound
          || texts[place - 1] != texts[place]
      }
      guard written.count >= fewest, let calls = BlockMaker.make(instances, in: &trial),
        let block = trial.blocks.last
      else { continue }
      before += written.reduce(0) { $0 + texts[$1].count }
      after += written.reduce(block.length) { $0 + trial.text(.call(calls[$1])).count }
      made += zip(places, calls).map { ($0, $1) }
    }
    guard after < before else { return }
    structure = trial
    for (place, call) in made {
      calls[place.lowerBound] = (call, place.count)
      for step in place { isTaken[step] = true }
    }
  }

  private func finished() -> Structure {
    var result = structure
    result.network = []
    var place = 0
    while place < structure.network.count {
      if let (call, length) = calls[place] {
        result.network.append(.call(call))
        place += length
      } else {
        result.network.append(structure.network[place])
        place += 1
      }
    }
    return result
  }
}

extension Structure {
  /// A step of one word as it is written.
  fileprivate func text(_ step: Step) -> String {
    atoms(of: [step]).map { atom in
      let arguments = Self.written(arguments(of: atom))
      return kind(of: atom) + (arguments.isEmpty ? "" : "(\(arguments.joined(separator: ", ")))")
    }.joined()
  }

  fileprivate func kind(of step: Step) -> String {
    switch step {
    case .layer(let index), .join(let index, _): kind(of: Atom.layer(index))
    case .call(let index): kind(of: Atom.call(index))
    case .reference(let index): kind(of: Atom.reference(index))
    }
  }
}

extension Block {
  /// About how many characters its definition takes.
  fileprivate var length: Int {
    let words = network.reduce(0) { count, phrase in
      guard case .word(let word) = phrase else { return count }
      return count + word.kind.count + word.arguments.reduce(0) { $0 + $1.count + 2 } + 3
    }
    let parameters = parameters.reduce(0) { $0 + $1.name.count + ($1.fallback ?? "required").count + 4 }
    return "\(name): network:".count + (parameters == 0 ? 0 : parameters + "parameters: {}".count) + words
  }
}
