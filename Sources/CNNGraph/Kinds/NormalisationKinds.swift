import CNNSpec

/// Normalisation, the learned factor a channel, and dropout.
enum NormalisationKinds {
  static func bn(_ context: inout KindContext) -> KindContext.Result? {
    let epsilon = context.real("eps", .positive)
    let momentum = context.real("momentum", .share)
    guard let epsilon, let momentum, context.inputShape != nil else { return nil }
    return .init(.batchNorm(BatchNorm(epsilon: epsilon, momentum: momentum)))
  }

  static func scale(_ context: inout KindContext) -> KindContext.Result? {
    context.inputShape.map { _ in .init(.channelAffine(ChannelAffine())) }
  }

  static func lrn(_ context: inout KindContext) -> KindContext.Result? {
    let size = context.count("size")
    let alpha = context.real("alpha", .notNegative)
    let beta = context.real("beta")
    let k = context.real("k", .positive)
    guard let size, let alpha, let beta, let k, context.inputShape != nil else { return nil }
    return .init(.localResponseNorm(LocalResponseNorm(size: size, alpha: alpha, beta: beta, k: k)))
  }

  static func dropout(_ context: inout KindContext) -> KindContext.Result? {
    guard let rate = context.real("rate", .shareBelowOne), context.inputShape != nil else { return nil }
    return .init(.dropout(Dropout(rate: rate)))
  }
}
