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
    guard batch > 0 else {
      throw Diagnostics(Diagnostic(.invalidValue, "a batch has at least one image, not \(batch)", at: .none))
    }
    return try Planner.plan(passes(try graph(returning: outputs)), batch: batch)
  }

  /// What is done to the graph for inference. Where memory is short, only the layers with few weights have them
  /// transformed for Winograd's algorithm, which takes up to four times their memory.
  /// - Throws: `memory-limit` where it is too little for the plain weights too.
  func inferencePasses(
    batch: Int, returning outputs: [String]?, options: EngineOptions
  ) throws(Diagnostics) -> [Pass] {
    let all = [Pass].inference(batch: batch, options: options)
    guard let memory = options.memoryBytes else { return all }
    if try plan(batch: batch, returning: outputs, passes: all).memoryBytes <= memory { return all }
    var options = options
    for power in stride(from: 40, through: 12, by: -1) {
      options.winogradBytes = 1 << power
      let passes = [Pass].inference(batch: batch, options: options)
      if try plan(batch: batch, returning: outputs, passes: passes).memoryBytes <= memory { return passes }
    }
    options.isExact = true
    let passes = [Pass].inference(batch: batch, options: options)
    let least = try plan(batch: batch, returning: outputs, passes: passes)
    guard least.memoryBytes > memory else { return passes }
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

extension ExecutionPlan {
  /// All that a session needs: weights as they are in the file, constants and the arena.
  var memoryBytes: Int { parameterBytes + constantBytes + arenaBytes }
}
