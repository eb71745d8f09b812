/// What an operator computes for one image, counted exactly.
package struct Cost: Hashable, Sendable {
  /// Multiplications of convolutions, transposed convolutions and fully connected layers.
  package var multiplications: CheckedInteger = 0
  /// Everything else: an addition, comparison, multiplication or function value each count one.
  package var otherOperations: CheckedInteger = 0
  /// Connections as LeCun counts them: every use of a weight or a bias.
  package var connections: CheckedInteger = 0

  package init(
    multiplications: CheckedInteger = 0, otherOperations: CheckedInteger = 0,
    connections: CheckedInteger = 0
  ) {
    self.multiplications = multiplications
    self.otherOperations = otherOperations
    self.connections = connections
  }

  package static func += (a: inout Self, b: Self) {
    a.multiplications += b.multiplications
    a.otherOperations += b.otherOperations
    a.connections += b.connections
  }
}
