import CNNSpec

/// What a kind's rule works with: the layer, its inputs' shapes, and a place for complaints.
package struct KindContext {
  /// What a layer stands for.
  struct Result {
    /// The first takes the layer's inputs, each other one the output of the one before.
    var operators: [Op]
    /// In place of the layer's own, where the operator reads another value as well.
    var inputs: [LayerInput]?

    init(_ operators: Op..., inputs: [LayerInput]? = nil) {
      self.operators = operators
      self.inputs = inputs
    }
  }

  let layer: Layer
  let network: Network
  /// Known only if nothing went wrong before.
  let inputShapes: [Shape]?
  let arguments: LayerArguments
  /// What an earlier layer stands for.
  let operatorsOf: (Int) -> [Op]?
  /// The spec's `rounding`.
  let rounding: String
  /// How the sizes came about that enter the layer: `input 32x32, conv1 28x28`.
  let trail: () -> String
  /// Whether messages are not wanted, only whether the layer fits.
  let isQuiet: Bool
  var diagnostics: DiagnosticCollector
  /// Set where `rounding: floor` or `ceil` had something to round.
  var hasRounded = false

  /// The shape that enters, or nil if it is unknown because of an earlier error.
  var inputShape: Shape? { inputShapes?.first }

  mutating func error(
    _ code: DiagnosticCode, _ message: String, at range: SourceRange? = nil, help: [String] = []
  ) {
    diagnostics.error(code, message, at: range ?? layer.range, help: help)
  }

  // The arguments' readers, with the context's own collector.

  mutating func count(_ name: String) -> Int? { arguments.count(name, &diagnostics) }
  mutating func size(_ name: String) -> Size2D? { arguments.size(name, &diagnostics) }
  mutating func flag(_ name: String) -> Bool? { arguments.flag(name, &diagnostics) }
  mutating func real(_ name: String, _ bounds: LayerArguments.Bounds = .any) -> Double? {
    arguments.real(name, bounds, &diagnostics)
  }

  /// The layer's own rounding, or the spec's.
  mutating func windowRounding() -> String {
    guard arguments.isGiven("rounding") else { return rounding }
    return arguments.word("rounding", among: ["exact", "floor", "ceil"], &diagnostics) ?? rounding
  }
}

/// Which rule a kind has.
enum KindRules {
  typealias Rule = @Sendable (inout KindContext) -> KindContext.Result?

  static let all: [String: Rule] = [
    "conv": WindowKinds.conv, "depthwise": WindowKinds.depthwise, "deconv": WindowKinds.deconv,
    "maxpool": WindowKinds.maxpool, "avgpool": WindowKinds.avgpool,
    "globalavgpool": WindowKinds.globalAveragePool, "globalmaxpool": WindowKinds.globalMaxPool,
    "unpool": WindowKinds.unpool, "subsample": WindowKinds.subsample,
    "fc": DenseKinds.fc, "rbf": DenseKinds.rbf,
    "relu": FunctionKinds.rule(.relu), "relu6": FunctionKinds.rule(.relu6),
    "leaky_relu": FunctionKinds.leakyReLU, "prelu": FunctionKinds.prelu, "elu": FunctionKinds.elu,
    "sigmoid": FunctionKinds.rule(.sigmoid), "tanh": FunctionKinds.rule(.tanh),
    "scaled_tanh": FunctionKinds.rule(.scaledTanh), "gelu": FunctionKinds.rule(.gelu),
    "silu": FunctionKinds.rule(.silu), "hardsigmoid": FunctionKinds.rule(.hardSigmoid),
    "hardswish": FunctionKinds.rule(.hardSwish), "softmax": FunctionKinds.softmax,
    "log_softmax": FunctionKinds.logSoftmax,
    "bn": NormalisationKinds.bn, "scale": NormalisationKinds.scale, "lrn": NormalisationKinds.lrn,
    "dropout": NormalisationKinds.dropout,
    "flatten": ShapeKinds.flatten, "reshape": ShapeKinds.reshape, "pad": ShapeKinds.pad,
    "crop": ShapeKinds.crop, "upsample": ShapeKinds.upsample,
    "channel_shuffle": ShapeKinds.channelShuffle, "identity": ShapeKinds.identity,
    "add": JoinKinds.add, "concat": JoinKinds.concat, "multiply": JoinKinds.multiply,
  ]
}
