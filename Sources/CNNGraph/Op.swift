/// What a node of the graph computes. Closed: a new member makes the compiler list what it still needs.
package enum Op: Hashable, Sendable {
  case activation(Activation)
  case conv2d(Conv2D)
  case deconv2d(Deconv2D)
  case pool2d(Pool2D)
  case unpool2d(Unpool2D)
  case dense(Dense)
  case radialBasis(RadialBasis)
  case localResponseNorm(LocalResponseNorm)
  case softmax(Softmax)

  /// The member as what every operator answers.
  package var implementation: any Operator {
    switch self {
    case .activation(let op): op
    case .conv2d(let op): op
    case .deconv2d(let op): op
    case .pool2d(let op): op
    case .unpool2d(let op): op
    case .dense(let op): op
    case .radialBasis(let op): op
    case .localResponseNorm(let op): op
    case .softmax(let op): op
    }
  }

  /// The word for it in dumps and plans.
  package var name: String { type(of: implementation).name }
}
