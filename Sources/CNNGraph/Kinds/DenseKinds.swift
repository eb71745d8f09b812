import CNNSpec

/// Layers that see their whole input at once.
enum DenseKinds {
  static func fc(_ context: inout KindContext) -> KindContext.Result? {
    let units = context.count("units")
    let bias = context.flag("bias")
    guard let units, let bias, context.inputShape != nil else { return nil }
    return .init(.dense(Dense(units: units, hasBias: bias)))
  }

  static func rbf(_ context: inout KindContext) -> KindContext.Result? {
    guard let units = context.count("units"), context.inputShape != nil else { return nil }
    return .init(.radialBasis(RadialBasis(units: units)))
  }
}
