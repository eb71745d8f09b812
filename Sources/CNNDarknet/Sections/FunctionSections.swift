import CNNGraph
import CNNImport

/// Sections that compute something of each element, or of all of them.
enum FunctionSections {
  static let all: [([String], SectionRule)] = [
    (["activation"], SectionRule(activation)),
    (["logistic"], SectionRule(logistic)),
    (["soft", "softmax"], SectionRule(ignoring: ["noloss"], softmax)),
    (["dropout"], SectionRule(dropout)),
  ]

  static func activation(_ reader: SectionReader, _ network: NetworkBuilder) throws(Refusal)
    -> NetworkBuilder.Value
  {
    let function = Activations.read(reader, default: "linear")
    try reader.check()
    return .known(Activations.add(function, try network.input(reader), network))
  }

  static func logistic(_ reader: SectionReader, _ network: NetworkBuilder) throws(Refusal)
    -> NetworkBuilder.Value
  {
    .known(network.map("sigmoid", try network.input(reader)))
  }

  /// Over all elements, whatever their shape.
  static func softmax(_ reader: SectionReader, _ network: NetworkBuilder) throws(Refusal)
    -> NetworkBuilder.Value
  {
    reader.requireDefault("groups", "a spec's softmax is over all channels", neutral: 1)
    reader.requireDefault("temperature", "a spec's softmax has no temperature", neutral: 1)
    reader.requireDefault("spatial", "Darknet computes it on a GPU and ignores it on a CPU")
    if let tree = reader.option("tree") {
      _ = reader.refuse("a spec's softmax is over all channels, not over a tree of classes", at: tree)
    }
    try reader.check()
    return .known(network.map("softmax", network.flattened(try network.input(reader))))
  }

  static func dropout(_ reader: SectionReader, _ network: NetworkBuilder) throws(Refusal)
    -> NetworkBuilder.Value
  {
    let rate = reader.real("probability", default: 0.5)
    guard rate >= 0, rate < 1 else {
      throw reader.damaged(
        "`probability` is \(rate), expected 0 to less than 1", at: reader.option("probability"))
    }
    try reader.check()
    let arguments = ImportedLayer.dropoutArguments(rate: Float(rate))
    return .known(network.map("dropout", try network.input(reader), arguments))
  }
}
