/// Numbers for the shapes of steps: two steps have the same one when they differ in their arguments' values only.
struct Skeletons {
  private var numbers: [String: Int] = [:]

  mutating func number(of step: Step, in structure: Structure) -> Int {
    switch step {
    case .layer(let index): number(text(.layer(index), structure))
    case .call(let index): number(text(.call(index), structure))
    case .reference: number("@")
    case .join(let index, let branches):
      number(
        structure.graph.layers[index].kind
          + branches.map { "(\(numbers(of: $0, in: structure).map(String.init).joined(separator: ",")))" }
          .joined())
    }
  }

  mutating func numbers(of steps: [Step], in structure: Structure) -> [Int] {
    steps.map { number(of: $0, in: structure) }
  }

  private mutating func number(_ key: String) -> Int {
    let number = numbers[key, default: numbers.count]
    numbers[key] = number
    return number
  }

  /// A kind, which of its arguments without a default are given, and whether a window is 1x1: such a layer is of
  /// another use.
  private func text(_ atom: Atom, _ structure: Structure) -> String {
    let arguments = structure.arguments(of: atom)
    let given = arguments.filter { $0.fallback == nil }.map { $0.value == nil ? "0" : "1" }.joined()
    let isPointwise = arguments.contains { $0.name == "kernel" && $0.value == "1x1" }
    return "\(structure.kind(of: atom)) \(given) \(isPointwise)"
  }
}
