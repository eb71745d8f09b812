/// The operators of the backward half. Closed, as ``Op`` is; apart, because nothing in front of the
/// differentiation knows them.
package enum GradientOp: Hashable, Sendable {
  case activation(ActivationGradient)

  /// The member as what every operator answers.
  package var implementation: any Operator {
    switch self {
    case .activation(let op): op
    }
  }
}
