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

  /// Bytes of weights, as they are written, up to which they go into the source if nothing else is said.
  package static let mostSourceBytes = 1 << 20

  package let options: Options
  /// The checked network: its spec has name, classes and preprocessing.
  package let network: CheckedNetwork
  /// What is run; where ``rows`` are, what they compute, as whole activations, whose parameters and constants they read.
  package let plan: ExecutionPlan
  /// The program that makes rows, if there is to be one and its arena is no larger than the other's.
  package let rows: RowPlan?
  /// The step of a whole batch where training is emitted too.
  package let training: ExecutionPlan?
  /// The tensors that the weights consist of, in this order: what inference reads, or, to be trained, all of the network.
  package let tensors: [ExecutionPlan.Parameter]
  /// A Swift type's name, or what all names of the C code begin with.
  package let identifier: String
  /// What files are called, without extensions.
  package var fileStem: String { options.fileStem ?? identifier }
  /// The labels of the classes, if the spec has any.
  package let labels: [String]?
  /// Where the weights go; the source has them only where there are any.
  package let weightsPlace: WeightsPlace
  private let elements: (@Sendable (String) -> [Float]?)?

  /// Compiles a network.
  /// - Parameters:
  ///   - network: without errors.
  ///   - weights: the elements of a tensor of the weights file by its name, which has been checked against the
  ///     network; nil where there are no weights.
  ///   - training: the step of a whole batch, by the recipe of the network's spec; for Swift only.
  /// - Throws: `invalid-name` where the network cannot be called as it is in the language, `memory-limit` for a batch
  ///   that no memory holds, `invalid-value` for less than one image, and for weights in the source where there are none.
  package init(
    _ network: CheckedNetwork, weights: (@Sendable (_ tensor: String) -> [Float]?)?, options: Options,
    training: ExecutionPlan? = nil
  ) throws(Diagnostics) {
    precondition(training == nil || options.language == .swift, "the C of a training step")
    if options.weightsPlace == .source, weights == nil {
      throw Diagnostics(
        Diagnostic(
          .invalidValue, "there are no weights for `\(network.spec.name)` to go into the source", at: .none,
          help: ["name them: `--weights FILE.safetensors`"]))
    }
    identifier = try Identifier.of(network.spec, chosen: options.typeName, for: options.language)
    precondition(!options.isLineBuffered || options.language == .c, "only C is written row by row")
    let (plan, rows) = try Self.plans(of: GraphBuilder.build(network), options)
    if case .labels(let labels, _) = network.spec.classes { self.labels = labels } else { labels = nil }
    elements = weights
    tensors = training == nil ? plan.parameters : network.tensors
    self.options = options
    self.network = network
    self.plan = plan
    self.rows = rows
    self.training = training
    let isSmall = Self.weightsBytes(of: plan, rows, tensors, options.language) <= Self.mostSourceBytes
    weightsPlace = options.weightsPlace ?? (weights != nil && isSmall ? .source : .file)
  }

  /// The plan of whole activations, and the program that makes rows where that is wanted and takes no more memory.
  private static func plans(
    of graph: Graph, _ options: Options
  ) throws(Diagnostics) -> (ExecutionPlan, RowPlan?) {
    let passes = [Pass].inference(
      batch: options.batch, options: EngineOptions(isExact: options.isExact), costs: options.cpu.costs)
    let plan = try Planner.plan(graph, batch: options.batch) { passes($0) }
    guard options.isLineBuffered else { return (plan, nil) }
    let made = try Planner.planRows([Pass].simplification(graph), batch: options.batch)
    return made.rows.arenaBytes <= plan.arenaBytes ? (made.whole, made.rows) : (plan, nil)
  }

  /// Bytes of the weights as they are written: for Swift those of the tensors, for C what kernels read, which may be
  /// several times as much.
  private static func weightsBytes(
    of plan: ExecutionPlan, _ rows: RowPlan?, _ tensors: [ExecutionPlan.Parameter], _ language: TargetLanguage
  ) -> Int {
    switch language {
    case .swift: WeightsImage(tensors).bytes
    case .c: (rows.map { CWeights($0, read: nil) } ?? CWeights(plan, read: nil)).bytes
    }
  }

  /// Bytes of the arena that the program takes from its caller.
  package var arenaBytes: Int { rows?.arenaBytes ?? plan.arenaBytes }

  package var hasWeights: Bool { elements != nil }

  /// The elements of one of ``tensors`` by its number, row-major.
  package func weights(of tensor: Int) -> [Float] {
    let tensor = tensors[tensor]
    guard let values = elements?(tensor.name), values.count == tensor.count else {
      preconditionFailure("\(tensor.name): there are weights, which have been checked")
    }
    return values
  }

  /// What is no error but worth knowing: an arena that small machines cannot hold.
  package var notes: [Diagnostic] {
    guard arenaBytes > Int32.max else { return [] }
    return [
      Diagnostic(
        .memoryLimit,
        "a run of \(plan.batch == 1 ? "one image" : "\(plan.batch) images") takes \(arenaBytes) bytes of memory in one piece",
        at: .none,
        help: [
          "a processor of 32 bits cannot address as much"
            + (plan.batch == 1 ? "" : "; a smaller batch takes less")
        ], severity: .note)
    ]
  }
}

extension ExecutionPlan.Parameter {
  /// Elements of the tensor.
  package var count: Int { dimensions.reduce(1, *) }
}
