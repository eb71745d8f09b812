import CNNSpec

extension Structure {
  /// All arguments that an atom's kind has, those too that are left out.
  func arguments(of atom: Atom) -> [AtomArgument] {
    switch atom {
    case .reference(let layer):
      return [
        AtomArgument(
          name: "other", value: Self.placeholder(layer), fallback: nil, isRequired: true, isPositional: true,
          isFilters: false)
      ]
    case .call(let index):
      let call = calls[index]
      return zip(blocks[call.block].parameters, call.values).map { parameter, value in
        AtomArgument(
          name: parameter.name, value: value, fallback: parameter.fallback,
          isRequired: parameter.fallback == nil, isPositional: parameter.fallback == nil,
          isFilters: parameter.isFilters)
      }
    case .layer(let index): return arguments(of: index)
    }
  }

  private func arguments(of index: Int) -> [AtomArgument] {
    let layer = graph.layers[index]
    guard let kind = KindTable.kind(named: layer.kind) else {
      preconditionFailure("there is no kind \(layer.kind)")
    }
    var values: [String: String] = [:]
    var positional: Set<String> = []
    for (place, argument) in layer.arguments.enumerated() {
      let name = argument.name ?? kind.arguments[place].name
      values[name] = argument.value
      if argument.name == nil { positional.insert(name) }
    }
    if case .layer(let source)? = layer.reference, let first = kind.arguments.first {
      values[first.name] = Self.placeholder(source)
    }
    return kind.arguments.map { spec in
      var fallback: String?
      if case .text(let text) = spec.default { fallback = text }
      var isRequired = false
      if case .required = spec.default { isRequired = true }
      return AtomArgument(
        name: spec.name, value: values[spec.name] ?? fallback, fallback: fallback, isRequired: isRequired,
        isPositional: isRequired || positional.contains(spec.name),
        isFilters: spec.name == "filters" || spec.name == "units")
    }
  }

  /// Arguments as a pattern writes them: those that need no name in order, the others by name.
  static func written(_ arguments: [AtomArgument]) -> [String] {
    var isWhole = true
    return arguments.compactMap { argument in
      guard let value = argument.value, argument.isRequired || value != argument.fallback else {
        isWhole = false
        return nil
      }
      return argument.isPositional && isWhole ? value : "\(argument.name)=\(value)"
    }
  }
}
