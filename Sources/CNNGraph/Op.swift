/// What a node of the graph computes. Closed: a new member makes the compiler list what it still needs.
package enum Op: Hashable, Sendable {
  case activation(Activation)

  /// The member as what every operator answers.
  package var implementation: any Operator {
    switch self {
    case .activation(let op): op
    }
  }

  /// The word for it in dumps and plans.
  package var name: String { type(of: implementation).name }
}
