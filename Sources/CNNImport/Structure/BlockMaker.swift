import CNNSpec

/// Makes a block of places that differ in their arguments only: what varies becomes parameters.
struct BlockMaker {
  /// A parameter, as long as the places are looked through.
  private struct Variable {
    var parameter: Block.Parameter
    /// The argument that it was made for.
    var argument: String
    var isRequired: Bool
    /// What each place gives, nil where that does not matter.
    var values: [String?]
    var slot: BlockSlot
  }

  private let structure: Structure
  private let template: [Step]
  private let lacks: Int?
  private let instances: [BlockInstance]
  /// The atoms of each place, word by word; nil for those that it does not have.
  private let atoms: [[Atom?]]
  private var variables: [Variable] = []
  /// What each word's arguments are, in terms of the variables.
  private var expressions: [[(argument: AtomArgument, value: Expression)]] = []

  private enum Expression {
    case constant(String)
    case variable(Int, times: Int)
    /// So many times what enters, or that part of it.
    case channels(Int)
    case part(Int)
  }

  /// With more of them a call says less than the steps do.
  private static let mostParameters = 12

  /// - Returns: the calls, one for each place; nil where too much varies for a block.
  static func make(_ instances: [BlockInstance], in structure: inout Structure) -> [Int]? {
    var maker = BlockMaker(instances, structure)
    maker.findVariables()
    maker.setDefaults()
    if maker.variables.count > mostParameters { return nil }
    return maker.makeBlock(in: &structure)
  }

  private init(_ instances: [BlockInstance], _ structure: Structure) {
    let whole = instances.first { $0.lacks == nil } ?? instances[0]
    template = whole.steps
    lacks = instances.lazy.compactMap(\.lacks).first
    self.instances = instances
    self.structure = structure
    atoms = instances.map { Self.atoms(of: $0, like: whole.steps, structure) }
  }

  private static func atoms(of instance: BlockInstance, like whole: [Step], _ structure: Structure) -> [Atom?]
  {
    zip(instance.steps, whole).flatMap { step, other -> [Atom?] in
      guard let lacks = instance.lacks, case .join(let index, let branches) = step,
        case .join(_, let others) = other
      else { return structure.atoms(of: [step]) }
      let all = zip(branches, others).enumerated().map { place, pair -> [Atom?] in
        place == lacks
          ? [Atom?](repeating: nil, count: structure.atoms(of: pair.1).count) : structure.atoms(of: pair.0)
      }
      return all.flatMap { $0 } + [.layer(index)]
    }
  }

  // MARK: What varies

  private mutating func findVariables() {
    let slots = BlockSlot.slots(of: template, in: structure)
    for (word, slot) in slots.enumerated() where variables.count <= Self.mostParameters {
      let columns = atoms.map { row in row[word].map { structure.arguments(of: $0) } }
      let template = columns.lazy.compactMap { $0 }.first ?? []
      expressions.append(
        template.indices.map { place in
          (template[place], expression(template[place], columns.map { $0?[place].value }, word, slot))
        })
    }
  }

  private mutating func expression(
    _ argument: AtomArgument, _ values: [String?], _ word: Int, _ slot: BlockSlot
  ) -> Expression {
    let present = values.compactMap(\.self)
    guard let first = present.first else { return .constant("") }
    let isPartial = atoms.contains { $0[word] == nil }
    let isConstant = present.allSatisfy { $0 == first }
    // A projection's stride is the block's, even if all those that there are have the same.
    if isPartial || !isConstant, let known = equal(to: values, argument) {
      merge(values, into: known)
      return .variable(known, times: 1)
    }
    if isConstant { return .constant(first) }
    if argument.isFilters, let multiple = multiple(values, word) { return multiple }
    let variable = Variable(
      parameter: Block.Parameter(name: "", fallback: nil, isFilters: argument.isFilters),
      argument: argument.name, isRequired: argument.isRequired, values: values, slot: slot)
    if argument.isFilters, !isPartial, KindTable.kind(named: slot.kind) != nil,
      let known = rebased(on: variable)
    {
      return .variable(known, times: 1)
    }
    variables.append(variable)
    return .variable(variables.count - 1, times: 1)
  }

  /// A projection has four times a bottleneck's filters, even if it is written first: what is a multiple of a new
  /// variable makes way for it.
  private mutating func rebased(on variable: Variable) -> Int? {
    let numbers = variable.values.map { $0.flatMap { Int($0) } }
    for index in variables.indices where variables[index].parameter.isFilters && isTelling(numbers) {
      let known = variables[index].values.map { $0.flatMap { Int($0) } }
      guard let ratio = Self.ratio(known, numbers), ratio > 1 else { continue }
      for word in expressions.indices {
        for place in expressions[word].indices {
          guard case .variable(index, let times) = expressions[word][place].value else { continue }
          expressions[word][place].value = .variable(index, times: times * ratio)
        }
      }
      variables[index] = variable
      return index
    }
    return nil
  }

  /// What a call need not say: what most places have, if that may be left out at all.
  private mutating func setDefaults() {
    for index in variables.indices {
      let values = variables[index].values.compactMap(\.self)
      if variables[index].isRequired, values.count == variables[index].values.count { continue }
      let counts = Dictionary(grouping: values) { $0 }.mapValues(\.count)
      let most = counts.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key
      // A stride is 1 to whoever reads that there is none.
      let isPlain = variables[index].argument == "stride" && values.contains("1")
      variables[index].parameter.fallback = isPlain ? "1" : most
    }
  }

  private func agree(_ a: [String?], _ b: [String?]) -> Bool {
    zip(a, b).allSatisfy { $0 == nil || $1 == nil || $0 == $1 }
  }

  private func equal(to values: [String?], _ argument: AtomArgument) -> Int? {
    variables.indices.first { index in
      let known = variables[index]
      return (known.argument == argument.name || known.parameter.isFilters && argument.isFilters)
        && agree(known.values, values) && zip(known.values, values).contains { $0 != nil && $0 == $1 }
    }
  }

  private mutating func merge(_ values: [String?], into known: Int) {
    variables[known].values = zip(variables[known].values, values).map { $0 ?? $1 }
  }

  /// Numbers of filters in terms of others, or of the channels that enter, where one ratio holds everywhere.
  private mutating func multiple(_ values: [String?], _ word: Int) -> Expression? {
    let numbers = values.map { $0.flatMap { Int($0) } }
    for index in variables.indices where variables[index].parameter.isFilters {
      let known = variables[index].values.map { $0.flatMap { Int($0) } }
      if let ratio = Self.ratio(numbers, known), ratio > 1, isTelling(known) {
        return .variable(index, times: ratio)
      }
    }
    let channels = atoms.map { $0[word].flatMap { structure.channels(entering: $0) } }
    if let ratio = Self.ratio(numbers, channels), ratio > 1 { return .channels(ratio) }
    if let part = Self.ratio(channels, numbers), part > 1, part < 5 { return .part(part) }
    return nil
  }

  /// Two numbers may be the double of others by chance, in the views of an inception; in a sum they are not.
  private func isTelling(_ known: [Int?]) -> Bool {
    if Set(known.compactMap(\.self)).count > 2 { return true }
    return !template.contains { step in
      if case .join(let index, _) = step { structure.graph.layers[index].kind == "concat" } else { false }
    }
  }

  private static func ratio(_ numbers: [Int?], _ others: [Int?]) -> Int? {
    var ratio: Int?
    for case (let number?, let other) in zip(numbers, others) {
      guard let other, other > 0, number % other == 0, number / other <= 16 else { return nil }
      if let ratio, ratio != number / other { return nil }
      ratio = number / other
    }
    return ratio
  }

  // MARK: The block

  private func makeBlock(in structure: inout Structure) -> [Int] {
    let number = structure.blocks.count
    let name = BlockNames.block(of: template, in: structure)
    var parameters = variables.map(\.parameter)
    let names = BlockNames.parameters(
      variables.map { ($0.argument, $0.slot, $0.parameter.isFilters) }, isOptional: lacks != nil)
    for index in parameters.indices { parameters[index].name = names[index] }
    let required = parameters.indices.filter { parameters[$0].fallback == nil }
    let order =
      required.filter { parameters[$0].isFilters } + required.filter { !parameters[$0].isFilters }
      + parameters.indices.filter { parameters[$0].fallback != nil }
    var block = Block(name: name, parameters: order.map { parameters[$0] }, instances: atoms)
    if lacks != nil { block.parameters.append(.init(name: BlockNames.project, fallback: "no")) }
    block.network = phrases(number, names)
    structure.blocks.append(block)
    return instances.enumerated().map { row, instance in
      var values = order.map { variables[$0].values[row] ?? parameters[$0].fallback ?? "" }
      if lacks != nil { values.append(instance.lacks == nil ? "yes" : "no") }
      structure.calls.append(.init(block: number, body: instance.steps, values: values))
      return structure.calls.count - 1
    }
  }

  private func phrases(_ number: Int, _ names: [String]) -> [Phrase] {
    var word = 0
    let phrases = template.map { step in
      structure.phrase(
        step,
        keys: { _ in .slot(block: number, place: word) },
        written: { atom in
          defer { word += 1 }
          let arguments = expressions[word].map { argument, value in
            var argument = argument
            argument.value = argument.value == nil ? nil : text(value, names)
            return argument
          }
          if case .reference = atom { return ["@" + (arguments[0].value ?? "").drop { $0 == "@" }] }
          return Structure.written(arguments)
        })
    }
    guard let lacks else { return phrases }
    return phrases.map { phrase in
      guard case .join(let word, var branches) = phrase else { return phrase }
      branches[lacks] = [.optional(branches[lacks], BlockNames.project)]
      return .join(word, branches)
    }
  }

  private func text(_ expression: Expression, _ names: [String]) -> String {
    switch expression {
    case .constant(let text): text
    case .variable(let index, let times): times == 1 ? names[index] : "\(times)*\(names[index])"
    case .channels(let times): "\(times)*channels"
    case .part(let part): "channels/\(part)"
    }
  }
}
