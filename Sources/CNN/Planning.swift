import CNNPasses
import CNNPlan
import CNNSpec

extension Model {
  /// The plan of inference.
  /// - Throws: as ``compile(weights:batch:)``, and `memory-limit` where the options' memory is too little.
  package func plan(
    batch: Int, options: EngineOptions = EngineOptions()
  ) throws(Diagnostics) -> ExecutionPlan {
    try plan(batch: batch, passes: inferencePasses(batch: batch, returning: nil, options: options))
  }

  /// The plan of a graph that passes have changed.
  func plan(
    batch: Int, returning outputs: [String]? = nil, passes: [Pass]
  ) throws(Diagnostics) -> ExecutionPlan {
    try Planner.plan(graph(returning: outputs), batch: batch) { passes($0) }
  }

  /// What is done to the graph for inference. Where memory is short, only the layers with few weights have them
  /// transformed for Winograd's algorithm, which takes up to four times their memory; where it is shorter still, only
  /// those have them in another order than the file's beside it.
  /// - Throws: `memory-limit` where it is too little for any of that.
  func inferencePasses(
    batch: Int, returning outputs: [String]?, options: EngineOptions
  ) throws(Diagnostics) -> [Pass] {
    let all = [Pass].inference(batch: batch, options: options)
    guard let memory = options.memoryBytes else { return all }
    var least: ExecutionPlan?
    for options in options.withLessMemory {
      let passes = [Pass].inference(batch: batch, options: options)
      let plan = try plan(batch: batch, returning: outputs, passes: passes)
      if plan.memoryBytes <= memory { return passes }
      if plan.memoryBytes < least?.memoryBytes ?? .max { least = plan }
    }
    guard let least else { return all }
    throw Diagnostics(
      Diagnostic(
        .memoryLimit,
        "a batch of \(batch) takes \(least.memoryBytes) bytes at least, and \(memory) are allowed", at: .none,
        help: [
          "weights \(least.parameterBytes), packed weights \(least.constantBytes), arena \(least.arenaBytes) bytes",
          batch > 1 ? "a smaller batch, or more memory" : "a smaller network, or more memory",
        ]))
  }
}

extension EngineOptions {
  /// These, then ever slower ones that take less memory for weights.
  fileprivate var withLessMemory: [EngineOptions] {
    let bytes = stride(from: 40, through: 12, by: -1).map { 1 << $0 }
    var exact = self
    exact.isExact = true
    return [self]
      + bytes.map { bytes in
        var options = self
        options.winogradBytes = bytes
        return options
      } + [exact]
      + (bytes + [0]).map { bytes in
        var options = exact
        options.packedBytes = bytes
        return options
      }
  }
}

extension ExecutionPlan {
  /// All that a session needs: weights as they are in the file, constants and the arena.
  var memoryBytes: Int { parameterBytes + constantBytes + arenaBytes }
}
