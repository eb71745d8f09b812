import CNNSpec

/// Elementwise functions and softmax.
enum FunctionKinds {
  /// The rule of a function without arguments.
  static func rule(_ activation: Activation) -> KindRules.Rule {
    { context in context.inputShape.map { _ in .init(.activation(activation)) } }
  }

  static func leakyReLU(_ context: inout KindContext) -> KindContext.Result? {
    guard let slope = context.real("slope"), context.inputShape != nil else { return nil }
    return .init(.activation(.leakyReLU(slope: slope)))
  }

  static func elu(_ context: inout KindContext) -> KindContext.Result? {
    guard let alpha = context.real("alpha"), context.inputShape != nil else { return nil }
    return .init(.activation(.elu(alpha: alpha)))
  }

  static func prelu(_ context: inout KindContext) -> KindContext.Result? {
    context.inputShape.map { _ in .init(.prelu(PReLU())) }
  }

  static func softmax(_ context: inout KindContext) -> KindContext.Result? {
    context.inputShape.map { _ in .init(.softmax(Softmax(isLogarithmic: false))) }
  }

  static func logSoftmax(_ context: inout KindContext) -> KindContext.Result? {
    context.inputShape.map { _ in .init(.softmax(Softmax(isLogarithmic: true))) }
  }
}
