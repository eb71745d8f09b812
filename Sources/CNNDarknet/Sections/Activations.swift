import CNNImport

/// Darknet's functions, by the names that `activation` has.
enum Activations {
  enum Function {
    case linear
    case kind(String, [ImportedLayer.Argument] = [])
  }

  private static let known: [String: Function] = [
    "linear": .linear, "relu": .kind("relu"), "relu6": .kind("relu6"), "elu": .kind("elu"),
    "leaky": .kind("leaky_relu", [.init(nil, "0.1")]),
    // Its slope is a spec's default.
    "relie": .kind("leaky_relu"), "logistic": .kind("sigmoid"), "tanh": .kind("tanh"), "swish": .kind("silu"),
  ]

  /// The function that a section's `activation` names.
  static func read(_ reader: SectionReader, default fallback: String) -> Function {
    let option = reader.option("activation")
    let name = option?.value ?? fallback
    if let function = known[name] { return function }
    _ = reader.refuse(
      "a spec has no function `\(name)`", at: option,
      help: "there are \(known.keys.sorted().joined(separator: ", "))")
    return .linear
  }

  static func add(
    _ function: Function, _ value: NetworkBuilder.Activation, _ network: NetworkBuilder
  ) -> NetworkBuilder.Activation {
    switch function {
    case .linear: value
    case .kind(let kind, let arguments): network.map(kind, value, arguments)
    }
  }
}
