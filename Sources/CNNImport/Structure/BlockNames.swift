import CNNSpec

/// Where a word of a block stands, for the names of what varies in it.
struct BlockSlot {
  var kind: String
  /// `3x3`; nil for a layer without a window.
  var kernel: String?
  /// The window of the next convolution on the same branch.
  var next: String?
  /// Whether a depthwise convolution comes next.
  var isBeforeDepthwise = false
  /// The branch that it is on; nil outside of the join.
  var branch: Int?
  var isBehindPool = false
  var isBeforeConcat = false
  var join: String?

  /// Whether it narrows what several views will see.
  var isSqueeze: Bool { isBeforeConcat && branch == nil && kind == "conv" && kernel == "1x1" }

  /// The words of a block, in the order of its atoms.
  static func slots(of steps: [Step], in structure: Structure) -> [BlockSlot] {
    var slots = chain(structure.atomsOutsideJoins(steps), structure)
    for (join, step) in steps.enumerated() {
      guard case .join(let index, _) = step, structure.graph.layers[index].kind == "concat" else { continue }
      for place in 0..<join { slots[place].isBeforeConcat = true }
    }
    var result: [BlockSlot] = []
    var outside = slots.makeIterator()
    for step in steps {
      if case .join(let index, let branches) = step {
        for (branch, steps) in branches.enumerated() {
          for var slot in Self.slots(of: steps, in: structure) {
            slot.branch = slot.branch ?? branch
            slot.join = slot.join ?? structure.graph.layers[index].kind
            result.append(slot)
          }
        }
      }
      if let slot = outside.next() { result.append(slot) }
    }
    return result
  }

  private static func chain(_ atoms: [Atom], _ structure: Structure) -> [BlockSlot] {
    var slots: [BlockSlot] = atoms.map { atom in
      let kernel = structure.arguments(of: atom).first { $0.name == "kernel" }?.value
      return BlockSlot(kind: structure.kind(of: atom), kernel: kernel)
    }
    var next: BlockSlot?
    for place in slots.indices.reversed() where KindWords.windows.contains(slots[place].kind) {
      slots[place].next = next?.kernel
      slots[place].isBeforeDepthwise = next?.kind == "depthwise"
      next = slots[place]
    }
    var isBehindPool = false
    for place in slots.indices {
      isBehindPool = isBehindPool || slots[place].kind.hasSuffix("pool")
      slots[place].isBehindPool = isBehindPool
    }
    return slots
  }
}

extension Structure {
  /// One atom a step: a join's own for a join.
  fileprivate func atomsOutsideJoins(_ steps: [Step]) -> [Atom] {
    steps.map { step in
      switch step {
      case .layer(let index), .join(let index, _): .layer(index)
      case .call(let index): .call(index)
      case .reference(let index): .reference(index)
      }
    }
  }
}

/// What blocks and their parameters are called.
enum BlockNames {
  static let project = "project"

  /// The name of a structure, as far as it has one; a letter tells several apart, since calls are counted in digits.
  static func block(of steps: [Step], in structure: Structure) -> String {
    let taken = Set(structure.blocks.map(\.name))
    let base = kind(of: steps, structure)
    var name = base
    var number = 1
    while taken.contains(name) {
      number += 1
      name = "\(base)_\(letters(number))"
    }
    return name
  }

  /// `a`, `b`, ..., `z`, `aa`, ...
  private static func letters(_ number: Int) -> String {
    var rest = number
    var letters: [Character] = []
    while rest > 0 {
      letters.append(Character(Unicode.Scalar(UInt8(ascii: "a") + UInt8((rest - 1) % 26))))
      rest = (rest - 1) / 26
    }
    return String(letters.reversed())
  }

  private static func kind(of steps: [Step], _ structure: Structure) -> String {
    let kinds = structure.atoms(of: steps).map { structure.kind(of: $0) }
    var join: (kind: String, branches: [[Step]])?
    for case .join(let index, let branches) in steps {
      join = (structure.graph.layers[index].kind, branches)
    }
    if kinds.contains("channel_shuffle") { return "shuffle" }
    guard let join, join.kind != "multiply" else {
      if join == nil { return chain(kinds, isPointwise: structure.isPointwise(steps[0])) }
      if kinds.contains("depthwise") { return "inverted" }
      return kinds == ["sigmoid", "multiply"] ? "swish" : "excite"
    }
    let branches = join.branches.map { structure.atoms(of: $0).map { structure.kind(of: $0) } }
    let convolutions = branches.map { $0.count { $0 == "conv" } }
    if join.kind == "concat" {
      if kinds.contains("deconv") || kinds.contains("upsample") { return "up" }
      if branches.count == 2, branches.contains(where: \.isEmpty) { return "dense" }
      if branches.count == 2, steps.count > 1, convolutions == [1, 1] { return "fire" }
      let shrinks = structure.atoms(of: join.branches.flatMap { $0 }).contains { atom in
        structure.arguments(of: atom).contains { $0.name == "stride" && ($0.value ?? "1") != "1" }
      }
      return shrinks ? "reduction" : branches.count > 2 ? "inception" : "fork"
    }
    if kinds.contains("depthwise") { return "inverted" }
    switch convolutions.max() {
    case 2: return "basic"
    case 3: return "bottleneck"
    default: return "residual"
    }
  }

  /// A chain, by its convolutions.
  private static func chain(_ kinds: [String], isPointwise: Bool) -> String {
    let windows = kinds.filter(KindWords.windows.contains)
    if kinds.contains(where: { $0.hasSuffix("pool") }) { return "transition" }
    if windows == ["depthwise", "conv"] { return "separable" }
    if windows.contains("depthwise") { return windows.count > 1 ? "inverted" : "depthwise_unit" }
    guard windows == ["conv"], kinds[0] == "conv" else { return "unit" }
    return isPointwise ? "pointwise" : kinds.contains("bn") ? "conv_bn" : "unit"
  }

  /// Names for what varies, in order.
  static func parameters(
    _ variables: [(argument: String, slot: BlockSlot, isFilters: Bool)], isOptional: Bool
  ) -> [String] {
    let areMany = variables.count(where: \.isFilters) > 1
    let isFire = variables.count(where: \.isFilters) == 2 && variables.contains { $0.slot.isSqueeze }
    var taken: Set<String> = isOptional ? [project] : []
    return variables.map { argument, slot, isFilters in
      // The parameters of a block that is called keep their names.
      let isOwn = isFilters && slot.kind != "fc" && KindTable.kind(named: slot.kind) != nil
      var name = isOwn ? filters(slot, areMany) : argument
      if isFire, isOwn, !slot.isSqueeze { name = "expand" }
      if argument == "pad" { name = "padding" }
      if KindTable.reservedWords.contains(name.lowercased()) { name += "s" }
      precondition(!KindTable.reservedWords.contains(name), "\(name) is a word of the language")
      var number = 2
      let base = name
      while !taken.insert(name).inserted {
        name = "\(base)_\(number)"
        number += 1
      }
      return name
    }
  }

  private static func filters(_ slot: BlockSlot, _ areMany: Bool) -> String {
    if slot.isSqueeze { return "squeeze" }
    if areMany, slot.isBeforeDepthwise { return "expand" }
    guard areMany, slot.join == "concat" else { return "filters" }
    let side = { (kernel: String?) -> String in
      guard let kernel else { return "" }
      let sides = kernel.split(separator: "x")
      return sides.count == 2 && sides[0] == sides[1] ? String(sides[0]) : kernel
    }
    if slot.isBehindPool { return "projection" }
    if slot.kernel == "1x1", let next = slot.next { return "reduce" + side(next) }
    return "n" + side(slot.kernel)
  }
}
