import CNNGraph
import CNNPasses
import CNNPlan
import CNNSpec

/// A network compiled to be embedded in a program: all that an emitter sees.
package struct Emission: Sendable {
  package struct Options: Hashable, Sendable {
    package var language: TargetLanguage
    /// Images of one run.
    package var batch = 1
    /// Only algorithms that multiply what the definition multiplies: no Winograd.
    package var isExact = false
    package var cpu = TargetCPU.generic
    /// Keep rows instead of whole activations where that takes a smaller arena; in C only.
    package var isLineBuffered = false
    /// What the network is called in the program; nil for a name after the spec's.
    package var typeName: String?
    /// What files are called, without extensions; nil for the network's name in the program.
    package var fileStem: String?
    /// Where weights go; nil for what is best for as many bytes.
    package var weightsPlace: WeightsPlace?

    package init(_ language: TargetLanguage) { self.language = language }
  }

  package enum WeightsPlace: String, CaseIterable, Sendable { case source, file }

  /// Bytes of weights up to which they go into the source if nothing else is said.
  package static let mostSourceBytes = 1 << 20

  package let options: Options
  /// The checked network: its spec has name, classes and preprocessing.
  package let network: CheckedNetwork
  /// What is run; where ``rows`` are, what they compute, as whole activations, whose parameters and constants they read.
  package let plan: ExecutionPlan
  /// The program that makes rows, if there is to be one and its arena is no larger than the other's.
  package let rows: RowPlan?
  /// A Swift type's name, or what all names of the C code begin with.
  package let identifier: String
  /// What files are called, without extensions.
  package var fileStem: String { options.fileStem ?? identifier }
  /// The labels of the classes, if the spec has any.
  package let labels: [String]?
  private let elements: (@Sendable (String) -> [Float]?)?

  /// Compiles a network.
  /// - Parameters:
  ///   - network: without errors.
  ///   - weights: the elements of a tensor of the weights file by its name, which has been checked against the
  ///     network; nil where there are no weights.
  /// - Throws: `invalid-name` where the network cannot be called as it is in the language, `memory-limit` for a batch
  ///   that no memory holds, `invalid-value` for weights in the source where there are none.
  package init(
    _ network: CheckedNetwork, weights: (@Sendable (_ tensor: String) -> [Float]?)?, options: Options
  ) throws(Diagnostics) {
    guard options.batch > 0 else {
      throw Diagnostics(
        Diagnostic(.invalidValue, "a batch has at least one image, not \(options.batch)", at: .none))
    }
    if options.weightsPlace == .source, weights == nil {
      throw Diagnostics(
        Diagnostic(
          .invalidValue, "there are no weights for `\(network.spec.name)` to go into the source", at: .none,
          help: ["name them: `--weights FILE.safetensors`"]))
    }
    identifier = try Identifier.of(network.spec, chosen: options.typeName, for: options.language)
    precondition(!options.isLineBuffered || options.language == .c, "only C is written row by row")
    let passes = [Pass].inference(
      batch: options.batch, options: EngineOptions(isExact: options.isExact), costs: options.cpu.costs)
    let graph = GraphBuilder.build(network)
    let plan = try Planner.plan(passes(graph), batch: options.batch)
    if options.isLineBuffered {
      let made = try Planner.planRows([Pass].simplification(graph), batch: options.batch)
      let isSmaller = made.rows.arenaBytes <= plan.arenaBytes
      (self.plan, rows) = isSmaller ? (made.whole, made.rows) : (plan, nil)
    } else {
      (self.plan, rows) = (plan, nil)
    }
    if case .labels(let labels, _) = network.spec.classes { self.labels = labels } else { labels = nil }
    elements = weights
    self.options = options
    self.network = network
  }

  /// Bytes of the arena that the program takes from its caller.
  package var arenaBytes: Int { rows?.arenaBytes ?? plan.arenaBytes }

  package var hasWeights: Bool { elements != nil }

  /// The elements of one of the plan's parameters, row-major.
  package func weights(of parameter: Int) -> [Float] {
    let tensor = plan.parameters[parameter]
    guard let values = elements?(tensor.name), values.count == tensor.count else {
      preconditionFailure("\(tensor.name): there are weights, which have been checked")
    }
    return values
  }

  /// Where the weights go; the source has them only where there are any.
  package var weightsPlace: WeightsPlace {
    if let place = options.weightsPlace { return place }
    return hasWeights && plan.parameterBytes <= Self.mostSourceBytes ? .source : .file
  }
}

extension ExecutionPlan.Parameter {
  /// Elements of the tensor.
  package var count: Int { dimensions.reduce(1, *) }
}
