import CNNGraph
import CNNPasses
import CNNPlan
import CNNRuntime
import CNNSpec

/// Where a network's weights come from: ``file(_:)`` or ``random(seed:)``.
public struct WeightsSource: Sendable {
  enum Content {
    case file(String)
    case random(seed: UInt64)
    case tensors(Weights)
  }

  let content: Content

  /// A safetensors file with exactly the network's tensors in PyTorch's layout: `LAYER.weight`, `LAYER.bias`.
  /// - Parameter path: it must not change while a network compiled from it, or one of its sessions, lives: large tensors
  ///   are used in place.
  public static func file(_ path: String) -> Self { Self(content: .file(path)) }
  /// Drawn from a seed: the same for the same seed and network.
  public static func random(seed: UInt64) -> Self { Self(content: .random(seed: seed)) }
  /// Tensors that are there already.
  package static func tensors(_ weights: Weights) -> Self { Self(content: .tensors(weights)) }
}

/// A network compiled for a batch: every step and every byte of its memory is fixed. Immutable, so that any
/// number of threads may share it; each runs a session of its own.
public struct CompiledNetwork: Sendable {
  package let plan: ExecutionPlan
  package let weights: BoundWeights
  /// What was done to the graph.
  let passes: [Pass]
  /// How many threads compute a run together, unless a session is made for another number.
  public let threads: Int

  /// Images of one run.
  public var batch: Int { plan.batch }
  /// Bytes of a session's memory: all activations of a batch.
  public var arenaBytes: Int { plan.arenaBytes }
  /// The most bytes that are in use at once: what no plan can do with less than.
  package var lowerBoundBytes: Int { plan.lowerBoundBytes }

  /// What ``InferenceSession/run(_:)`` takes: batch x channels x height x width numbers.
  public var input: TensorDescription { TensorDescription(plan.inputs[0], batch: plan.batch) }
  /// What a run computes, the first of them being what it returns; see ``InferenceSession/output(_:)``.
  public var outputs: [TensorDescription] {
    plan.outputs.map { TensorDescription($0, batch: plan.batch) }
  }

  /// Memory and program of one run at a time.
  /// - Parameter threads: how many compute a run together, the one that calls being one of them; nil for the
  ///   network's ``threads``. They shorten the wait for one batch. For many batches, a session for each thread gets
  ///   more done. The numbers are the same, to the last bit.
  /// - Throws: `memory-limit` where the machine has not enough memory; `invalid-value` for less than one thread,
  ///   or more than the system starts.
  public func makeSession(threads: Int? = nil) throws(Diagnostics) -> InferenceSession {
    InferenceSession(try session(threads: threads ?? self.threads))
  }

  /// The session that the public one wraps.
  func session(threads: Int) throws(Diagnostics) -> Session {
    try Session(plan, weights: weights, pool: threads == 1 ? nil : ThreadPool(threads: threads))
  }
}

extension Model {
  /// Compiles the network: optimises its graph, plans its memory, binds its weights.
  /// - Parameters:
  ///   - weights: a safetensors file with exactly this network's tensors, or a seed.
  ///   - batch: images of one run, at least one.
  ///   - outputs: names of layers, or labels, whose values runs return in place of the network's own outputs.
  ///   - threads: how many compute a run together, and bring large weights into the kernels' order now. The numbers
  ///     are the same for any.
  /// - Throws: every tensor that is missing, misshapen or not the network's; a batch that no memory holds; a name that
  ///   is no layer's; less than one thread, or more than the system starts.
  public func compile(
    weights: WeightsSource, batch: Int = 1, outputs: [String]? = nil, threads: Int = 1
  ) throws(Diagnostics) -> CompiledNetwork {
    if let outputs, outputs.isEmpty {
      throw Diagnostics(
        Diagnostic(
          .invalidValue, "a network returns at least one output, not none", at: .none,
          help: ["leave `outputs` out for the network's own"]))
    }
    return try compile(weights: weights, batch: batch, returning: outputs, threads: threads)
  }

  /// - Parameters:
  ///   - outputs: layers to return in place of the network's own.
  ///   - passes: what is done to the graph; none for the network as written, nil for what inference runs.
  ///   - threads: how many bring large weights into the kernels' order.
  package func compile(
    weights source: WeightsSource, batch: Int, returning outputs: [String]?, passes: [Pass]? = nil,
    threads: Int = 1, options: EngineOptions = EngineOptions()
  ) throws(Diagnostics) -> CompiledNetwork {
    // Small weights need no threads, so that nobody else would ask.
    try ThreadPool.check(threads: threads)
    guard let passes else {
      let passes = try inferencePasses(batch: batch, returning: outputs, options: options)
      return try compile(weights: source, batch: batch, returning: outputs, passes: passes, threads: threads)
    }
    let plan = try plan(batch: batch, returning: outputs, passes: passes)
    let weights = try BoundWeights(try load(source), for: plan, threads: threads)
    return CompiledNetwork(plan: plan, weights: weights, passes: passes, threads: threads)
  }

  /// The same network for another batch, with the same algorithms, and so the same packed weights.
  package func recompile(
    _ compiled: CompiledNetwork, batch: Int, returning outputs: [String]?
  ) throws(Diagnostics) -> CompiledNetwork {
    let plan = try plan(batch: batch, returning: outputs, passes: compiled.passes)
    precondition(compiled.weights.fits(plan), "the weights were bound for another network")
    return CompiledNetwork(
      plan: plan, weights: compiled.weights, passes: compiled.passes, threads: compiled.threads)
  }

  /// The weights, which must be this network's and no other's.
  package func load(_ source: WeightsSource) throws(Diagnostics) -> Weights {
    switch source.content {
    case .tensors(let weights):
      try weights.check(against: tensors)
      return weights
    case .file(let path):
      let weights = try Weights(try SafetensorsFile(path))
      try weights.check(against: tensors)
      return weights
    case .random(let seed):
      return try Weights(drawing: GraphBuilder.build(network).initialTensors(), seed: seed)
    }
  }
}
