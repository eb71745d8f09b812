/// What a network does next with the value that it has come to. Numbers are indices of imported layers.
indirect enum Step {
  /// A layer of one value.
  case layer(Int)
  /// Goes on from the value of an earlier layer, which has a label.
  case reference(Int)
  /// What branches make of the value, joined by a layer.
  case join(Int, [[Step]])
  /// A block's call, by its index.
  case call(Int)
}

/// What stands in a pattern with a name or arguments of its own.
enum Atom: Hashable {
  case layer(Int)
  case call(Int)
  case reference(Int)
}

/// An argument of an atom, whether it is written or left out.
struct AtomArgument {
  var name: String
  /// Nil where it is left out and has no default.
  var value: String?
  var fallback: String?
  var isRequired: Bool
  /// Whether it needs no name where those before it are written.
  var isPositional: Bool
  /// Whether it is a number of channels.
  var isFilters: Bool
}

/// The structure of an imported network as far as it has been found.
struct Structure {
  struct Call {
    var block: Int
    /// The steps that the call stands for, in place of those of the block's text.
    var body: [Step]
    /// What it gives each of the block's parameters.
    var values: [String]
  }

  let graph: ImportedGraph
  var network: [Step]
  /// Layers that need a label: they are referred to, or returned beside others.
  let named: Set<Int>
  var calls: [Call] = []
  var blocks: [Block] = []

  /// How a reference is written until labels are known.
  static func placeholder(_ layer: Int) -> String { "@#\(layer)" }

  /// The layers in the order in which the written spec computes them.
  func order(of steps: [Step]) -> [Int] {
    steps.flatMap { step -> [Int] in
      switch step {
      case .layer(let index): [index]
      case .reference: []
      case .join(let index, let branches): branches.flatMap(order) + [index]
      case .call(let index): order(of: calls[index].body)
      }
    }
  }

  /// The words of steps in the order in which they are computed; blocks are not looked into.
  func atoms(of steps: [Step]) -> [Atom] {
    steps.flatMap { step -> [Atom] in
      switch step {
      case .layer(let index): [.layer(index)]
      case .reference(let index): [.reference(index)]
      case .join(let index, let branches): branches.flatMap(atoms) + [.layer(index)]
      case .call(let index): [.call(index)]
      }
    }
  }

  /// The layer that computes a step's value.
  func result(of step: Step) -> Int {
    switch step {
    case .layer(let index), .reference(let index), .join(let index, _): return index
    case .call(let index):
      guard let last = calls[index].body.last else { preconditionFailure("a block is never empty") }
      return result(of: last)
    }
  }

  /// The layer that computes an atom's value; nil for a reference, which computes none.
  func layer(of atom: Atom) -> Int? {
    switch atom {
    case .layer(let index): index
    case .call(let index): result(of: Step.call(index))
    case .reference: nil
    }
  }

  func kind(of atom: Atom) -> String {
    switch atom {
    case .layer(let index): graph.layers[index].kind
    case .call(let index): blocks[calls[index].block].name
    case .reference: "@"
    }
  }

  /// The channels of the value that an atom takes.
  func channels(entering atom: Atom) -> Int? {
    switch atom {
    case .reference: nil
    case .call(let index):
      atoms(of: calls[index].body).first.flatMap { channels(entering: $0) }
    case .layer(let index):
      switch graph.layers[index].inputs[0] {
      case .input: graph.input.channels
      case .layer(let source): graph.layers[source].shape.channels
      }
    }
  }
}
