/// What kinds of layers are to a reader.
enum KindWords {
  /// What has filters with a window.
  static let windows: Set<String> = ["conv", "depthwise", "deconv"]

  /// What belongs to the convolution before it.
  static let functions: Set<String> = [
    "relu", "relu6", "leaky_relu", "prelu", "elu", "sigmoid", "tanh", "gelu", "silu", "hardsigmoid",
    "hardswish", "bn", "scale",
  ]

  /// What never starts anything new.
  static let followers = functions.union(["lrn", "dropout", "channel_shuffle"])
}

extension Structure {
  /// Whether a step's window is 1x1.
  func isPointwise(_ step: Step) -> Bool {
    guard case .layer(let index) = step else { return false }
    return arguments(of: .layer(index)).contains { $0.name == "kernel" && $0.value == "1x1" }
  }
}
